import type { Effect, Snapshot } from '../../../src/kernel/index.ts';
import { Cell } from './world.ts';
import type { Message, Port, World } from './world.ts';

export class Mismatch extends Error {}

/** Compares, and learns the names that the kernel chose: a cell without a name takes the actual one, if it was free. */
export function match(expected: unknown, actual: unknown, path: string): void {
  if (expected instanceof Cell) return matchName(expected, actual, path);
  if (expected === null || typeof expected !== 'object') {
    if (!Object.is(expected, actual)) throw new Mismatch(`${path}: expected ${show(expected)}, got ${show(actual)}`);
    return;
  }
  if (actual === null || typeof actual !== 'object')
    throw new Mismatch(`${path}: expected ${show(expected)}, got ${show(actual)}`);
  const source = 'source' in expected ? (expected.source as Message) : undefined;
  const left = expected as Record<string, unknown>;
  const right = actual as Record<string, unknown>;
  for (const key of keysOfEither(left, right)) {
    if (key === 'source' || Object.is(left[key], right[key])) continue;
    match(left[key], right[key], `${path}.${key}`);
  }
  if (source) source.given = actual as NonNullable<Message['given']>;
}

/** Effects on different objects are not ordered against each other; those on one object are. */
export function matchEffects(expected: readonly Record<string, unknown>[], actual: readonly Effect[]): void {
  const wanted = group(expected);
  const got = group(actual);
  for (const key of new Set([...wanted.keys(), ...got.keys()])) match(wanted.get(key), got.get(key), `effect ${key}`);
}

/** Every name and every counter (mach.md §2), against a scan of the model. */
export function matchState(world: World, snapshot: Snapshot): void {
  const ids = new Map<number, Port>();
  const know = (id: number, port: Port | undefined, path: string): void => {
    if (!port) throw new Mismatch(`${path}: a live port`);
    if ((ids.get(id) ?? port) !== port) throw new Mismatch(`${path}: another port`);
    ids.set(id, port);
  };
  const alive = world.tasks.filter((t) => t.alive);
  match(
    alive.map((t) => t.id),
    snapshot.tasks.map((t) => t.task),
    'tasks',
  );
  for (const task of snapshot.tasks) {
    const mine = alive.find((t) => t.id === task.task);
    if (!mine) throw new Mismatch(`task ${task.task}: expected to be gone`);
    const counted = {
      queuedBytes: world.bytesOf(mine),
      replyBytes: world.replyBytes(mine),
      pendingCalls: world.calls(mine),
      requests: world.requests(mine),
      blocked: world.ports.flatMap((p) => p.stuck).filter((s) => s.task === mine).length,
      waiting: world.waits().filter(({ wait }) => wait.task === mine).length,
    };
    match({ ...task, ...counted }, task, `task ${task.task}`);
    match(mine.cells.length, task.names.length, `task ${task.task}: number of names`);
    for (const { name, urefs, port, tag } of task.names) {
      const path = `task ${task.task} name ${name}`;
      const cell = mine.cells.find((c) => c.name === name);
      if (!cell) throw new Mismatch(`${path}: expected to be free`);
      match(cell.is === 'dead' ? cell.refs : cell.is === 'port' ? cell.sends : 1, urefs, `${path} urefs`);
      match(cell.once?.tag ?? 0, tag, `${path} tag`);
      match(cell.is === 'dead' || cell.is === 'set', port === null, `${path} dead`);
      if (port !== null) know(port, cell.port ?? cell.once?.port, path);
    }
  }
  const counts = world.count();
  for (const shown of snapshot.ports) {
    const port = ids.get(shown.port);
    if (!port) continue;
    const expected = {
      ...shown,
      seqno: port.seq,
      mscount: port.made,
      qlimit: port.limit,
      msgcount: port.queue.length + port.out.length,
      srights: counts.senders.get(port) ?? 0,
      sorights: counts.onces.get(port) ?? 0,
      delivered: port.out.length,
      serving: port.serving,
      blocked: port.stuck.length,
      waiting: port.waits.length,
      noSenders: port.noSenders !== null,
      backup: port.backup !== null,
      set: port.group?.cell()?.name ?? 0,
      owner: port.standsFor?.id ?? world.owner(port)?.task.id ?? 0,
    };
    match(expected, shown, `port ${shown.port}`);
  }
}

function keysOfEither(left: object, right: object): string[] {
  return [...Object.keys(left), ...Object.keys(right).filter((key) => !(key in left))];
}

function matchName(cell: Cell, actual: unknown, path: string): void {
  if (cell.name === undefined) {
    const taken = cell.task.cells.some((c) => c.name === actual);
    if (typeof actual !== 'number' || !(actual >= 1 && actual < 0x4000_0000) || taken) {
      throw new Mismatch(`${path}: expected a fresh name, got ${show(actual)}`);
    }
    cell.name = actual;
  }
  if (cell.name !== actual) throw new Mismatch(`${path}: expected name ${cell.name}, got ${show(actual)}`);
}

function group(effects: readonly object[]): Map<string, object[]> {
  const groups = new Map<string, object[]>();
  for (const effect of effects) groups.set(keyOf(effect), [...(groups.get(keyOf(effect)) ?? []), effect]);
  return groups;
}

function keyOf(effect: object): string {
  const e = effect as Record<string, unknown> & { message?: { local?: { name?: number | Cell } } };
  const local = e['type'] === 'deliver' ? e.message?.local?.name : undefined;
  const name = local instanceof Cell ? local.name : local;
  return [e['type'], e['task'], name, e['sendId'], e['receiveId']].join(' ');
}

function show(value: unknown): string {
  if (value instanceof Cell) return `name ${value.name ?? '(fresh)'}`;
  return (
    JSON.stringify(value, (key, inner: unknown) =>
      key === 'source' ? undefined : inner instanceof Cell ? show(inner) : inner,
    ) ?? 'undefined'
  );
}
