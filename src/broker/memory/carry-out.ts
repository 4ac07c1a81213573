import type { SendRight } from '../../task/index.ts';
import type { SleepEffect, Vm } from '../../vm/index.ts';
import type { Effect } from '../../vm/types.ts';
import type { Backing } from './backing.ts';
import { tellPager } from './tell-pager.ts';
import type { WaitingCalls } from './waiting-calls.ts';

/** What the machine's effects are about. */
export type Stage = {
  readonly vm: Vm;
  readonly objects: Backing;
  readonly calls: WaitingCalls;
  readonly defaultPager: SendRight | null;
  readonly pageBytes: number;
  /** Whoever has the queues of sleepers. */
  readonly sleeps: (effect: SleepEffect) => void;
  /** The machine has been told something later on: what it left to be done is carried out. */
  readonly again: () => void;
};

/** Does one of the things that the machine left to be done. */
export function carryOut(stage: Stage, effect: Effect): void {
  const { vm, objects, calls, again } = stage;
  switch (effect.type) {
    case 'send':
      return tellPager(objects, stage.defaultPager, effect);
    case 'install':
      return objects.memory(effect.object).install(effect.page, effect.data);
    case 'allow':
      return objects.memory(effect.object).allow(effect.page, effect.access);
    case 'revoke':
      return objects.memory(effect.object).revoke(effect.page, effect.access, (dirty) => {
        vm.revoked(effect.object, effect.page, dirty);
        again();
        if (!vm.isBusy(effect.object)) objects.goOn(effect.object);
      });
    case 'discard':
      return objects.memory(effect.object).discard(effect.page);
    case 'copy':
      return objects.memory(effect.to).install(effect.toPage, objects.memory(effect.from).page(effect.fromPage));
    case 'transfer':
      return transfer(stage, effect);
    case 'compare':
      return compare(stage, effect);
    case 'locked': {
      const { call, code, object, offset, gen } = effect;
      const word = objects.memoryIfAny(object)?.futexes?.placeOf(offset) ?? 0;
      return calls.end(call, code, { gen, word });
    }
    case 'done':
      return calls.end(effect.call, effect.code);
    case 'waits':
      return calls.starts(effect.call, () => {
        vm.expire(effect.call);
        again();
      });
    case 'make':
      return objects.make(effect.object);
    case 'forget':
      return objects.forget(effect.object);
    case 'listening':
    case 'wokenElsewhere':
    case 'interest':
    case 'interestEverywhere':
    case 'wakeupRoom':
    case 'sleepsOver':
      return stage.sleeps(effect);
  }
}

function transfer(
  { objects, calls, pageBytes }: Stage,
  { call, object, page, at, bytes, bufferAt }: Extract<Effect, { type: 'transfer' }>,
): void {
  const io = calls.bufferOf(call);
  if (io === undefined) return;
  const memory = objects.memory(object);
  const part = io.buffer.subarray(bufferAt, bufferAt + bytes);
  if (io.isWrite) memory.write(page * pageBytes + at, part);
  else memory.read(page * pageBytes + at, part);
}

function compare(
  { vm, objects, pageBytes }: Stage,
  { call, object, page, at, v1, v2, quad }: Extract<Effect, { type: 'compare' }>,
): void {
  const found = Buffer.alloc(quad ? 8 : 4);
  objects.memory(object).read(page * pageBytes + at, found);
  vm.futexes.compared(call, found.readUInt32LE() === v1 && (!quad || found.readUInt32LE(4) === v2));
}
