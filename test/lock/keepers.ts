import { KEEPER_ROWS, type KeeperEvents, type KeeperRows, tellKeeper, type Word } from '../../src/lock/index.ts';
import type { Faults } from './bounds.ts';
import { copyOfKeeper, copyOfSide, type Parts, type Side, type ToMaster, withoutCounts } from './parts.ts';
import { age, learn } from './by-word.ts';
import { everyWay, type Script } from './script.ts';
import type { Happened } from './tasks.ts';
import { afterwards, beforehand, carryOut } from './users.ts';
import { Watch } from './watch.ts';
import { stepsOfTasks } from './word-steps.ts';

/** What a keeper is told, and by which user if by one. */
export type Told = {
  [K in Exclude<keyof KeeperEvents, 'reclaim' | 'lend'>]: { event: K; about: KeeperEvents[K] };
}[Exclude<keyof KeeperEvents, 'reclaim' | 'lend'>];

/** What comes of it: the parts of the next state, what goes to the master, and what tasks did in the middle of it. */
export type Turn = {
  keeper: number;
  side: number;
  sent: readonly ToMaster[];
  happened: readonly Happened[];
  meanwhile: readonly string[];
};

/** So many steps may tasks take in the middle of one of the broker's. */
const MOST_MEANWHILE = 4;

/**
 * The shipped keepers. What one does in a state is found out once for each event: in every way in which tasks can take and give back the
 * word between the accesses of the broker.
 */
export class Keepers {
  readonly #parts: Parts;
  readonly #hasWord: boolean;
  readonly #rows: KeeperRows;
  readonly #faults: Faults;
  readonly #turns = new Map<string, readonly Turn[]>();

  constructor(parts: Parts, hasWord: boolean, faults: Faults) {
    this.#parts = parts;
    this.#hasWord = hasWord;
    this.#rows = { ...KEEPER_ROWS, ...faults.keeper };
    this.#faults = faults;
  }

  /** `name`: the same for what is told in the same words. */
  turns(keeper: number, side: number, lock: number, told: Told, name: string): readonly Turn[] {
    const key = `${keeper} ${side} ${lock} ${name}`;
    let turns = this.#turns.get(key);
    if (turns === undefined) {
      turns = everyWay((script) => this.#take(keeper, side, lock, told, script));
      this.#turns.set(key, turns);
    }
    return turns;
  }

  #take(from: number, at: number, lock: number, told: Told, script: Script): Turn {
    const before = this.#parts.keepers.get(from);
    const keeper = copyOfKeeper(before);
    const side = copyOfSide(this.#parts.sides.get(at));
    const isGrant = told.event === 'granted' && told.about.reqId === keeper.asked?.reqId;
    const gen = isGrant ? told.about.gen : keeper.gen;
    if (isGrant) age(side.users[lock] ?? []);
    // The generation is written first, or that mappings change: tasks see that, and the word as it was.
    const isWritten = isGrant || told.event === 'leave';
    const happened = beforehand(side, lock, keeper, told);
    const sent: ToMaster[] = [];
    const meanwhile: string[] = [];
    const watch = new Watch(before, told, this.#faults.blindTo);
    const others = meanwhileOf(side, lock, gen, script, happened, meanwhile, this.#faults);
    const word = this.#hasWord ? scripted(side, lock, others, !isWritten) : null;
    const host = {
      word,
      isUser: (user: number) => (side.users[lock]?.[user - 1]?.is ?? 'gone') !== 'gone',
      emit: (effect: Parameters<typeof carryOut>[2]): void => {
        watch.effect(effect, keeper);
        const result = carryOut(side, lock, effect, gen);
        if (result === 'send') sent.push(effect as ToMaster);
        else happened.push(...result);
        if (this.#hasWord && effect.type === 'granted') learn(side.users[lock] ?? [], effect.user);
      },
    };
    const { event, about } = told as Told & { event: 'lock'; about: KeeperEvents['lock'] };
    const code = tellKeeper(keeper, host, event, about, this.#rows);
    afterwards(side, lock, told, code, happened);
    watch.after(keeper, side, lock, this.#hasWord);
    return {
      keeper: this.#parts.keepers.addPlain(withoutCounts(keeper)),
      side: this.#parts.sides.addPlain(side),
      sent,
      happened,
      meanwhile,
    };
  }
}

/** What tasks may do before an access of the broker. */
function meanwhileOf(
  side: Side,
  lock: number,
  gen: number,
  script: Script,
  happened: Happened[],
  meanwhile: string[],
  { tasks }: Faults,
): () => void {
  return () => {
    while (meanwhile.length < MOST_MEANWHILE) {
      const steps = stepsOfTasks(side, lock, gen, tasks);
      const step = steps[script.choose(steps.length + 1) - 1];
      if (step === undefined) break;
      meanwhile.push(step.name);
      happened.push(...step.take());
    }
  };
}

/** The word of one lock. Before the first access of the broker's turn tasks do what they do before the turn. */
function scripted(side: Side, lock: number, others: () => void, isTurnBegun: boolean): Word {
  let isFirst = isTurnBegun;
  const now = (): number => side.words[lock] ?? 0;
  const before = (): void => {
    if (!isFirst) others();
    isFirst = false;
  };
  return {
    load: () => {
      before();
      return now();
    },
    exchange: (value) => {
      before();
      const seen = now();
      side.words[lock] = value;
      return seen;
    },
    store: (value) => {
      before();
      side.words[lock] = value;
    },
  };
}
