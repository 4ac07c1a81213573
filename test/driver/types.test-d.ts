import {
  bind,
  copy,
  defineDriver,
  defineSubsystem,
  type Handlers,
  make,
  move,
  type ReceiveRight,
  routine,
  type SendOnceRight,
  type SendRight,
  simpleroutine,
  type Stub,
  type System,
  unchecked,
} from 'easync';
import * as v from 'valibot';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';

// Checked by `npm run typecheck`: a driver's types follow from its subsystem, on both sides, with nothing written twice.
const Block = defineSubsystem('block', {
  read: routine<{ lba: number; count: number }, Uint8Array>(),
  write: routine<{ lba: number; data: Uint8Array }, number>(),
  open: routine<string, { port: SendRight } | null>(),
  size: routine<void, bigint>(),
  flush: routine(),
  hint: simpleroutine<{ lba: number }>(),
  poke: simpleroutine(),
});

declare const disk: Stub<typeof Block>;
declare const right: SendRight;
declare const once: SendOnceRight;
declare const port: ReceiveRight;
declare const system: System;

// A stub answers the value or a promise of it, and `await` works either way.
expectTypeOf(disk.read({ lba: 0, count: 1 })).toEqualTypeOf<Uint8Array | Promise<Uint8Array>>();
expectTypeOf(await disk.read({ lba: 0, count: 1 })).toEqualTypeOf<Uint8Array>();
expectTypeOf(disk.open('name')).toEqualTypeOf<{ port: SendRight } | null | Promise<{ port: SendRight } | null>>();
expectTypeOf(disk.size()).toEqualTypeOf<bigint | Promise<bigint>>();
expectTypeOf(disk.flush()).toEqualTypeOf<void | Promise<void>>();
expectTypeOf(disk.hint({ lba: 1 })).toEqualTypeOf<void | Promise<void>>();
expectTypeOf(disk.poke()).toEqualTypeOf<void | Promise<void>>();
disk[Symbol.dispose]() satisfies void;

// Options come last, and a routine without arguments takes them behind undefined.
expectTypeOf(disk.size(undefined, { timeoutMs: 5, signal: AbortSignal.abort() })).toEqualTypeOf<
  bigint | Promise<bigint>
>();

// Every way to a stub gives the same one.
expectTypeOf(bind(Block, right)).toEqualTypeOf(disk);
expectTypeOf(system.bind(Block, right)).toEqualTypeOf(disk);
expectTypeOf(await system.open(Block, './x.js')).toEqualTypeOf(disk);
expectTypeOf(await system.lookUp(Block, 'name')).toEqualTypeOf(disk);

// The server side is inferred too: no annotation on any argument.
defineDriver(Block, () => ({
  read: ({ lba, count }) => {
    expectTypeOf([lba, count]).toEqualTypeOf<number[]>();
    return new Uint8Array(count);
  },
  write: async ({ data }, ctx) => {
    expectTypeOf(data).toEqualTypeOf<Uint8Array>();
    expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>();
    return data.length;
  },
  open: (name) => {
    expectTypeOf(name).toEqualTypeOf<string>();
    return null;
  },
  size: () => 1n,
  flush: () => undefined,
  hint: ({ lba }) => expectTypeOf(lba).toEqualTypeOf<number>() && undefined,
  poke() {},
}));

expectTypeOf(copy(right)).toEqualTypeOf<SendRight>();
expectTypeOf(move(once)).toEqualTypeOf<SendOnceRight>();
expectTypeOf(make.send(port)).toEqualTypeOf<SendRight>();
expectTypeOf(make.sendOnce(port)).toEqualTypeOf<SendOnceRight>();

// Schemas give the types of both sides; they may differ where a schema changes what it checks.
const Checked = defineSubsystem('checked', {
  parse: routine({ args: z.string().transform(Number), result: z.number().transform(String) }),
  add: routine({ args: z.object({ name: z.string(), tags: z.array(z.string()).default([]) }) }),
  half: routine({ args: unchecked<{ n: number }>(), result: v.bigint() }),
  tell: simpleroutine({ args: z.number() }),
});
declare const checked: Stub<typeof Checked>;
expectTypeOf(await checked.parse('1')).toEqualTypeOf<string>();
expectTypeOf(await checked.add({ name: 'x' })).toEqualTypeOf<void>();
expectTypeOf(await checked.half({ n: 1 })).toEqualTypeOf<bigint>();
expectTypeOf(checked.tell).parameter(0).toEqualTypeOf<number>();
defineDriver(Checked, () => ({
  parse: (n) => n + 1,
  add: ({ tags }) => expectTypeOf(tags).toEqualTypeOf<string[]>() && undefined,
  half: ({ n }) => BigInt(n),
  tell() {},
}));
// @ts-expect-error -- the client gives what goes into the schema
void checked.parse(1);
// @ts-expect-error -- the handler answers what goes into the result's
defineDriver(Checked, () => ({ parse: () => 'x', add() {}, half: () => 1n, tell() {} }));

// What must not compile.

// @ts-expect-error -- no such routine
void disk.erase;
// @ts-expect-error -- a missing argument
void disk.read({ lba: 0 });
// @ts-expect-error -- one of another type
void disk.read({ lba: '0', count: 1 });
// @ts-expect-error -- no argument at all
void disk.read();
// @ts-expect-error -- an argument for a routine that takes none
void disk.size({ unit: 'bytes' });
// @ts-expect-error -- also where neither arguments nor a result are declared
void disk.flush({});
// @ts-expect-error -- or one-way
void disk.poke(1);
// @ts-expect-error -- the result is not to be used without await
disk.read({ lba: 0, count: 1 }).length satisfies number;
// @ts-expect-error -- a stub's routines cannot be replaced
disk.flush = () => undefined;
// @ts-expect-error -- unknown options
void disk.flush(undefined, { timeout: 5 });
// @ts-expect-error -- a send-once right cannot be copied
copy(once);
// @ts-expect-error -- rights are made from a receive right
make.send(right);
// @ts-expect-error -- placements are a closed set
void system.open(Block, './x.js', { place: 'attic' });

const complete: Handlers<typeof Block.routines> = {
  read: () => new Uint8Array(0),
  write: () => 1,
  open: () => null,
  size: () => 1n,
  flush: () => undefined,
  hint: () => undefined,
  poke: () => undefined,
};
const { read: _read, ...incomplete } = complete;
// @ts-expect-error -- a driver has a handler for every routine
defineDriver(Block, () => incomplete);
// @ts-expect-error -- and it returns what the subsystem says
defineDriver(Block, () => ({ ...complete, write: () => 'done' }));
