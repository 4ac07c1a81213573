import { expect, test } from 'vitest';
import { deferred } from '../../src/task/index.ts';
import { encodeHead, MESSAGES } from '../../src/wire/index.ts';
import { DeafPeer } from './deaf-peer.ts';
import { Rig } from './rig.ts';

test('limit unreadBytesPerTask: who asks and never reads is cut off, and what waits for it is dropped', async () => {
  await using rig = await Rig.start({ unreadBytesPerTask: 256 * 1024 });
  const { path, gone } = await entrance(rig);
  using peer = await DeafPeer.connect(path);
  peer.ask(50_000);
  await gone;
  expect(rig.reasons).toEqual([expect.stringContaining('262144 bytes wait to be read by this task')]);
  expect(rig.broker.sessions.size).toBe(0);
  expect((await peer.rest()).includes('unread')).toBe(false);
});

test.each([
  ['is refused', 250],
  ['detaches', MESSAGES.detach.id],
])('a peer that %s and never reads the answers holds them for killGraceMs at most', async (_what, kind) => {
  await using rig = await Rig.start({ killGraceMs: 50 });
  const { path, gone } = await entrance(rig);
  using peer = await DeafPeer.connect(path);
  peer.ask(50_000);
  peer.write(encodeHead({ kind }));
  await gone;
});

/** Another way in, which tells when who came that way has gone. */
async function entrance(rig: Rig): Promise<{ path: string; gone: Promise<void> }> {
  const path = `${rig.socket}.2`;
  const gone = deferred();
  const listener = await rig.host.listen(path, (link) => {
    void listener.close();
    rig.broker.accept(link, () => ({}), gone.resolve);
  });
  return { path, gone: gone.promise };
}
