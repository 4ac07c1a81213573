import { defineSubsystem, type Placement, routine, type SendOnceRight, type SendRight, simpleroutine } from 'easync';

/** The subsystem of test/fixtures/lab.js. */
export const Lab = defineSubsystem('lab', {
  echo: routine<unknown, unknown>(),
  echoLater: routine<unknown, unknown>(),
  fail: routine<{ how: string }>(),
  failLater: routine<{ how: string }>(),
  brokenThenable: routine(),
  badResult: routine<void, unknown>(),
  mutate: routine<Record<string, unknown>, unknown>(),
  mark: routine<{ n: unknown }>(),
  note: simpleroutine<{ n: unknown }>(),
  noteLater: simpleroutine<{ n: unknown }>(),
  noteDeadline: simpleroutine(),
  noteFail: simpleroutine<{ text: string }>(),
  log: routine<void, unknown[]>(),
  hold: routine<{ key: string; onAbort?: 'ignore' | 'fail' | 'finish' }, string>(),
  release: routine<{ key: string }>(),
  reenter: routine<{ self: SendRight }>(),
  noteToSelf: routine<{ self: SendRight; n: unknown }>(),
  sub: routine<void, { port: SendRight }>(),
  subLater: routine<{ key: string }, { port: SendRight }>(),
  closeSub: routine(),
  keep: routine<{ right: SendRight }>(),
  use: routine<{ value: unknown }, unknown>(),
  give: routine<void, { right: SendRight }>(),
  drop: routine(),
  where: routine<void, { pid: number; threadId: number }>(),
  swap: routine<{ a: SendRight; b: [SendRight] }, { same: boolean; right: SendRight }>(),
  answer: routine<{ to: SendOnceRight; value?: unknown }>(),
  report: routine<{ to: SendRight }>(),
  opened: routine<void, { options: unknown; name: string; count: number }>(),
  print: simpleroutine<{ stream: 'stdout' | 'stderr'; text: string }>(),
  crash: simpleroutine<{ how: 'throw' | 'reject' | 'exit' }>(),
});

/** What `sub` serves. */
export const Sub = defineSubsystem('sub', {
  next: routine<void, number>(),
  hold: routine<void, string>(),
  close: routine(),
});

/** What a driver calls at its end if it was asked to `report`. */
export const Report = defineSubsystem('report', { closed: routine<{ log: unknown[] }>() });

export const LAB = fixture('lab.js');
export const SERIAL_LAB = fixture('serial-lab.js');

export function fixture(name: string): URL {
  return new URL(`../fixtures/${name}`, import.meta.url);
}

/** Where the same test body runs. Inline runs both as users have it and in test mode. */
export const PLACEMENTS: readonly { where: string; place: Placement; check: boolean }[] = [
  { where: 'inline', place: 'inline', check: false },
  { where: 'inline, in test mode', place: 'inline', check: true },
  { where: 'thread', place: 'thread', check: true },
  { where: 'process', place: 'process', check: true },
  { where: 'broker', place: 'broker', check: true },
];
