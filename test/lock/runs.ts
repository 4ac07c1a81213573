import { type Bounds, type Budget, ENDLESS, NO_BUDGET, SMALL } from './bounds.ts';

/** What is explored, and how much that is: the same each time. A change of a machine may change it, too. */
export type Run = { bounds: Bounds; states: number; transitions: number };

export const SMALL_RUNS: Readonly<Record<string, Run>> = {
  '2 × 2 × 1: users wait no longer, and die; an idle lock is evicted': run(
    { users: 2 },
    { cancels: 1, evictions: 1, userDeaths: 1 },
    [7_998, 26_939],
  ),
  '2 × 1 × 1: everybody may die, and who is late is fenced': run(
    {},
    { cancels: 1, userDeaths: 1, brokerDeaths: 1, pagerDeaths: 1, revocations: 1 },
    [4_957, 16_063],
  ),
  '2 × 1 × 1: users try, too': run({ turns: 2, tries: true }, { cancels: 1, brokerDeaths: 1 }, [3_271, 11_479]),
  '3 × 1 × 1: a user dies': run({ brokers: 3 }, { cancels: 1, userDeaths: 1 }, [1_079, 3_068]),
  '2 × 2 × 1: for ever': run({ users: 2, turns: ENDLESS }, {}, [565, 1_524]),
  '3 × 1 × 1: for ever': run({ brokers: 3, turns: ENDLESS }, {}, [998, 2_280]),
  '2 × 1 × 2: two locks in the same channels': run({ locks: 2 }, { userDeaths: 1 }, [5_362, 15_800]),
  '2 × 1 × 1: a pager that recalls at once': run(
    { turns: 2, recallsAtOnce: true },
    { cancels: 1, userDeaths: 1, brokerDeaths: 1 },
    [2_353, 7_599],
  ),
  'the word, 1 × 2 × 1: users die, and take it too late': run(
    { brokers: 1, users: 2, turns: 2, hasWord: true },
    { cancels: 1, evictions: 1, userDeaths: 1, lateTakes: 1 },
    [4_633, 28_537],
  ),
  'the word, 2 × 1 × 1: it goes from broker to broker, and brokers die': run(
    { turns: 2, hasWord: true },
    { userDeaths: 1, lateTakes: 1, brokerDeaths: 1, evictions: 1 },
    [5_725, 24_700],
  ),
  'the word, 2 × 1 × 1: a hold is revoked, or the pager dies': run(
    { turns: 2, hasWord: true },
    { userDeaths: 1, pagerDeaths: 1, revocations: 1 },
    [14_895, 72_688],
  ),
  'the word, 2 × 1 × 1: a task overwrites it': run({ turns: 2, hasWord: true }, { overwrites: 1 }, [2_278, 7_100]),
  'the word, 2 × 1 × 1: a lock call crosses it, and mappings change': run(
    { turns: 2, hasWord: true },
    { asks: 1, remaps: 1 },
    [2_510, 8_218],
  ),
  'the word, 2 × 1 × 1: for ever': run({ turns: ENDLESS, hasWord: true }, {}, [182, 550]),
};

export const FULL_RUNS: Readonly<Record<string, Run>> = {
  '2 × 2 × 1: users try, brokers and the pager die': run(
    { users: 2, tries: true },
    { cancels: 1, evictions: 1, userDeaths: 1, brokerDeaths: 1, pagerDeaths: 1 },
    [114_608, 600_961],
  ),
  '2 × 2 × 1: a hold is revoked': run(
    { users: 2 },
    { cancels: 1, evictions: 1, userDeaths: 1, brokerDeaths: 1, revocations: 1 },
    [93_231, 425_863],
  ),
  '2 × 2 × 1: each lock twice': run({ users: 2, turns: 2 }, { evictions: 1, userDeaths: 1 }, [18_327, 64_887]),
  '2 × 2 × 2: an idle lock is evicted, and a user dies': run(
    { users: 2, locks: 2 },
    { evictions: 1, userDeaths: 1 },
    [1_346_957, 6_339_492],
  ),
  'the word, 2 × 1 × 1: lock calls cross it, a hold is revoked, and mappings change': run(
    { turns: 2, hasWord: true },
    { asks: 2, remaps: 1, revocations: 1 },
    [92_609, 421_397],
  ),
  '2 × 2 × 2: a broker dies': run({ users: 2, locks: 2 }, { brokerDeaths: 1 }, [27_133, 139_367]),
  '2 × 2 × 2: the pager dies': run({ users: 2, locks: 2 }, { pagerDeaths: 1 }, [56_971, 254_838]),
  '2 × 2 × 2: users wait no longer': run({ users: 2, locks: 2 }, { cancels: 1 }, [191_355, 851_732]),
  '3 × 1 × 1: everybody may die, and who is late is fenced': run(
    { brokers: 3 },
    { cancels: 1, evictions: 1, userDeaths: 1, brokerDeaths: 1, pagerDeaths: 1, revocations: 1 },
    [229_376, 1_038_469],
  ),
  '3 × 2 × 1: users wait no longer, and die; an idle lock is evicted': run(
    { brokers: 3, users: 2 },
    { cancels: 1, evictions: 1, userDeaths: 1 },
    [146_848, 637_308],
  ),
  '3 × 2 × 1: for ever': run({ brokers: 3, users: 2, turns: ENDLESS }, {}, [34_244, 122_718]),
  'the word, 2 × 2 × 1: users try, and a hold is revoked': run(
    { users: 2, tries: true, hasWord: true },
    { cancels: 1, revocations: 1 },
    [70_814, 308_470],
  ),
  'the word, 2 × 1 × 1: a pager that recalls at once, and everybody may die': run(
    { turns: 2, tries: true, recallsAtOnce: true, hasWord: true },
    { userDeaths: 1, brokerDeaths: 1, pagerDeaths: 1, revocations: 1, lateTakes: 1 },
    [45_881, 240_293],
  ),
  'the word, 2 × 1 × 2: two locks in the same channels': run(
    { locks: 2, hasWord: true },
    { userDeaths: 1, brokerDeaths: 1, revocations: 1 },
    [311_087, 1_814_799],
  ),
  'the word, 2 × 2 × 1: users die, and take it too late': run(
    { users: 2, hasWord: true },
    { cancels: 1, evictions: 1, userDeaths: 1, lateTakes: 1, brokerDeaths: 1 },
    [114_878, 614_852],
  ),
  'the word, 2 × 2 × 1: a task overwrites it': run(
    { users: 2, hasWord: true },
    { userDeaths: 1, overwrites: 1, evictions: 1 },
    [186_307, 946_177],
  ),
  'the word, 3 × 1 × 1: it goes from broker to broker': run(
    { brokers: 3, turns: 2, hasWord: true },
    { userDeaths: 1, lateTakes: 1, revocations: 1 },
    [190_744, 969_400],
  ),
  'the word, 2 × 2 × 1: for ever': run({ users: 2, turns: ENDLESS, hasWord: true }, {}, [11_321, 53_852]),
  'the word, 3 × 1 × 1: for ever': run({ brokers: 3, turns: ENDLESS, hasWord: true }, {}, [2_708, 10_590]),
};

function run(bounds: Partial<Bounds>, budget: Partial<Budget>, [states, transitions]: readonly [number, number]): Run {
  return { bounds: { ...SMALL, ...bounds, budget: { ...NO_BUDGET, ...budget } }, states, transitions };
}
