import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DISP, RIGHT } from '../../src/kernel/index.ts';
import { decodeBody } from '../../src/wire/body.ts';
import { decodeErrorBody } from '../../src/wire/error-body.ts';
import { type Descriptor, FLAG, type Frame, MESSAGES } from '../../src/wire/index.ts';
import { Arena } from './arena.ts';
import { hostileBody } from './bodies.ts';
import { type Flooder, FREE, NONE } from './flooder.ts';
import { slowRuns } from './runs.ts';

const LIMITS = { deadTasks: 1_000_000, bodyDepth: 64 };

const MEMORY = { disp: DISP.MEMORY, name: 16 };
/** What a message may carry, whether its body has a place for it or not. */
const RIGHTS: readonly Descriptor[] = [
  { disp: DISP.MAKE_SEND, name: FREE },
  { disp: DISP.MAKE_SEND_ONCE, name: FREE },
  { disp: DISP.COPY_SEND, name: 2 },
  { disp: DISP.MOVE_RECEIVE, name: FREE + 1 },
  { disp: DISP.MAKE_SEND, name: 12_345 },
  MEMORY,
  NONE,
];

const message = fc.record({
  body: hostileBody(),
  routine: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.nat(0xffff_ffff)),
  flags: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    fc.constantFrom(FLAG.RAW, FLAG.FAILED, FLAG.RAW | FLAG.FAILED, FLAG.BARRIER),
  ),
  rights: fc.array(fc.constantFrom(...RIGHTS), { maxLength: 5 }),
  isOneWay: fc.boolean(),
});
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

test(
  'whatever comes as a body, its sender gets an outcome, the server goes on and keeps nothing',
  { timeout: 900_000 },
  async () => {
    await using arena = await Arena.start(LIMITS);
    const property = async (messages: Message[]): Promise<void> => {
      const flooder = await arena.flooder();
      await arena.during(async () => {
        for (const name of [FREE, FREE + 1]) flooder.tell('port_allocate_name', { right: RIGHT.RECEIVE, name });
        flooder.tell('serve', { name: FREE });
        await everyoneAnswered(flooder, messages);
      });
      await flooder.keepsItsWord();
      flooder.leaves();
      await arena.isBack();
    };
    await fc.assert(fc.asyncProperty(fc.array(message, { minLength: 10, maxLength: 40 }), property), slowRuns(6));
  },
);

/** Sends them; each that wants a reply gets one outcome, and whatever the server says of it can be read. */
async function everyoneAnswered(flooder: Flooder, messages: readonly Message[]): Promise<void> {
  const dest = { disp: DISP.COPY_SEND, name: flooder.target };
  const asked = new Set<number>();
  for (const { isOneWay, ...rest } of messages) {
    const reply = isOneWay ? NONE : { disp: DISP.MAKE_SEND_ONCE, name: FREE };
    const pieces = rest.rights.filter((right) => right === MEMORY).length;
    const body = Buffer.concat([rest.body, Buffer.alloc(pieces * MEMORY.name)]);
    const callId = flooder.send(dest, { ...rest, reply, body });
    if (!isOneWay) asked.add(callId);
  }
  while (asked.size > 0) {
    const frame = await flooder.peer.next();
    const { kind, callId } = frame.header;
    if (kind !== MESSAGES.deliver.id && kind !== MESSAGES.notify.id) continue;
    flooder.took(FREE, 1);
    // The right that a refused message carried beside its reply right ends in a notification of its own.
    if (asked.delete(callId) && kind === MESSAGES.deliver.id) mustRead(frame);
  }
}

function mustRead({ header, body }: Frame): void {
  const isRaw = (header.flags & FLAG.RAW) !== 0;
  if ((header.flags & FLAG.FAILED) === 0) return isRaw ? undefined : void decodeBody(body, () => null);
  if (!isRaw) return void decodeErrorBody(body);
  return expect(body.toString('latin1')).toMatch(/^[A-Z_]+$/);
}
