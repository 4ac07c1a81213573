import { CONTENDERS } from '../contenders/contender.js';
import { INLINE_WAYS } from './jobs.js';
import { shown, table, times } from './table.js';

/** @typedef {import('./summary.js').Summary} Summary */
/** @typedef {import('./placement.js').Placement} Placement */

/**
 * All tables of a run.
 *
 * @param {Summary} summary
 * @param {readonly Placement[]} placements
 */
export function report(summary, placements) {
  return [
    inline(summary),
    ...placements.map((placement) => roundTrips(summary, placement)),
    ...placements.map((placement) => pipelined(summary, placement)),
    oneWay(summary),
    echoes(summary),
    idle(summary),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

/** @param {Summary} summary */
function inline(summary) {
  const figure = (/** @type {string} */ contender, /** @type {string} */ name) =>
    summary.of({ bench: 'inline', contender, measure: 'call', figure: name });
  return table(
    'A call in place',
    ['way', 'ns a call', 'against plain', 'bytes that survive 1,000,000 calls'],
    INLINE_WAYS.map((way) => {
      const base = figure(way.endsWith('awaited') ? 'plain async method, awaited' : 'plain method', 'ns');
      const ns = figure(way, 'ns');
      return [way, shown(ns), times(ns, base), shown(figure(way, 'survivors'))];
    }),
  );
}

/**
 * @param {Summary} summary
 * @param {Placement} placement
 */
function roundTrips(summary, placement) {
  const { of, names } = crossing(summary, placement, 'round trip');
  return table(
    `One call at a time, ${placement}: µs`,
    ['contender', 'p50', '× bare', '× bare-relay', 'p99', 'CPU a call, all processes', 'p50 of the first 500'],
    names.map((name) => [
      name,
      shown(of(name, 'p50')),
      times(of(name, 'p50'), of('bare', 'p50')),
      times(of(name, 'p50'), of('bare-relay', 'p50')),
      shown(of(name, 'p99')),
      shown(of(name, 'cpu')),
      shown(of(name, 'cold')),
    ]),
  );
}

/**
 * @param {Summary} summary
 * @param {Placement} placement
 */
function pipelined(summary, placement) {
  const { of, names } = crossing(summary, placement, 'in flight');
  return table(
    `64 calls in flight, ${placement}`,
    ['contender', 'k calls/s', '× fork-json', '× bare-msgpackr', 'CPU µs a call', '× bare-msgpackr'],
    names.map((name) => [
      name,
      shown(of(name, 'rate'), 1000),
      times(of(name, 'rate'), of('fork-json', 'rate')),
      times(of(name, 'rate'), of('bare-msgpackr', 'rate')),
      shown(of(name, 'cpu')),
      times(of(name, 'cpu'), of('bare-msgpackr', 'cpu')),
    ]),
  );
}

/** @param {Summary} summary */
function oneWay(summary) {
  const { of, names } = crossing(summary, 'unpinned', 'one-way');
  return table(
    'One-way messages, unpinned',
    ['contender', 'k messages/s', '× bare-msgpackr', 'CPU µs a message'],
    names.map((name) => [
      name,
      shown(of(name, 'rate'), 1000),
      times(of(name, 'rate'), of('bare-msgpackr', 'rate')),
      shown(of(name, 'cpu')),
    ]),
  );
}

/** @param {Summary} summary */
function echoes(summary) {
  const small = crossing(summary, 'unpinned', 'echo 1 MiB');
  const large = crossing(summary, 'unpinned', 'echo 16 MiB');
  const moved = [crossing(summary, 'unpinned', 'moved 1 MiB'), crossing(summary, 'unpinned', 'moved 16 MiB')];
  const rows = [
    ...small.names.map((name) => ({ name, shownAs: name, sizes: [small, large] })),
    ...small.names.map((name) => ({ name, shownAs: `${name}, moved`, sizes: moved })),
  ];
  return table(
    'Echo of a Buffer, unpinned: GB/s, both ways counted; all but "moved" are copied',
    ['contender', '1 MiB', '× bare', '× zeromq', '16 MiB', '× bare', '× zeromq'],
    rows.map(({ name, shownAs, sizes }) => [
      shownAs,
      ...sizes.flatMap(({ of }, i) => {
        const copied = i === 0 ? small : large;
        return [
          shown(of(name, 'rate'), 1e9),
          times(of(name, 'rate'), copied.of('bare', 'rate')),
          times(of(name, 'rate'), copied.of('zeromq', 'rate')),
        ];
      }),
    ]),
  );
}

/** @param {Summary} summary */
function idle(summary) {
  const of = (/** @type {string} */ measure, /** @type {string} */ figure) =>
    shown(summary.of({ bench: 'idle', contender: 'easync', measure, figure }));
  return table(
    'Idle',
    ['process', 'CPU %', 'RSS MB'],
    ['broker', 'driver', 'client'].map((who) => [who, of(who, 'cpu'), of(who, 'rss')]),
  );
}

/**
 * @param {Summary} summary
 * @param {Placement} placement
 * @param {string} measure
 */
function crossing(summary, placement, measure) {
  const of = (/** @type {string} */ contender, /** @type {string} */ figure) =>
    summary.of({ bench: 'crossing', contender, placement, measure, figure });
  return { of, names: Object.keys(CONTENDERS) };
}
