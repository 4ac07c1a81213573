import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DISP } from '../../src/kernel/index.ts';
import { Arena } from './arena.ts';
import { FuzzPeer } from './fuzz-peer.ts';
import { FROM_TASKS, hostileBytes, politeBytes, prelude } from './frames.ts';
import { slowRuns } from './runs.ts';

/** Such as the fuzz can reach, and a list long enough for all that die of it. */
const LIMITS = {
  frameBytes: 64 * 1024,
  descriptorsPerMessage: 8,
  namesPerTask: 60,
  portsPerTask: 20,
  queuedBytesPerTask: 64 * 1024,
  replyBytesPerTask: 32 * 1024,
  pendingCalls: 20,
  requestsPerTask: 20,
  waitingReceives: 5,
  routesPerLink: 2,
  killGraceMs: 20,
  handshakeMs: 500,
  deadTasks: 1_000_000,
};

/** What three peers write in turn, and which of them leave in good order. */
function scripts(bytes: fc.Arbitrary<Buffer>, longest: number) {
  const step = fc.tuple(fc.nat(2), bytes);
  const steps = fc.array(step, { minLength: longest / 2, maxLength: longest, size: 'max' });
  return [steps, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean())] as const;
}

test.each([
  ['keep to the protocol and make no sense', politeBytes(), 300, 30],
  ['write anything at all', hostileBytes(FROM_TASKS), 40, 60],
])(
  'peers that %s: the broker goes on, forgets them, and knows why',
  { timeout: 900_000 },
  async (_who, bytes, longest, times) => {
    await using arena = await Arena.start(LIMITS);
    let round = 0;
    const property = async (steps: [number, Buffer][], detaches: boolean[]): Promise<void> => {
      round += 1;
      const { socket } = arena.rig;
      const peers = await Promise.all(detaches.map((_, i) => FuzzPeer.connect(socket, `fuzz ${round}.${i}`)));
      await arena.during(async () => {
        for (const peer of peers) await giveRights(arena, await peer.welcome);
        for (const peer of peers) peer.write(prelude());
        for (const [which, frame] of steps) peers[which]?.write(frame);
        const handled = await Promise.all(peers.map((peer) => peer.handled(arena.calls(30))));
        peers.forEach((peer, i) => (detaches[i] === true && handled[i] === true ? peer.detach() : peer.destroy()));
        await Promise.all(peers.map(({ closed }) => closed));
      });
      await arena.isBack();
      mustBeKnown(arena, peers);
      expect(arena.rig.faults).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(...scripts(bytes, longest), property), slowRuns(times));
  },
);

/** Names 2 to 4: the bystanders' port, and two messages to it. */
async function giveRights(arena: Arena, task: number): Promise<void> {
  const { port } = arena.bystanders;
  for (const disp of [DISP.MAKE_SEND, DISP.MAKE_SEND_ONCE, DISP.MAKE_SEND_ONCE])
    await arena.grant(task, disp, port.name);
}

/** Whoever was cut off, or went without a word, is on the list, once and with a reason; who left in good order is not. */
function mustBeKnown(arena: Arena, peers: readonly FuzzPeer[]): void {
  for (const { label, farewell } of peers) {
    const reasons = [...arena.rig.broker.dead].filter((dead) => dead.label === label).map(({ reason }) => reason);
    expect(reasons, label).toHaveLength(farewell === 'goodbye' ? 0 : 1);
    expect(reasons).not.toContain('');
  }
}
