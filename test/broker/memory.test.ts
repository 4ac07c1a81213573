import { describe, expect, test } from 'vitest';
import { DISP, NO_MEMORY, RIGHT } from '../../src/kernel/index.ts';
import { beginMsg, doMsg, replyMsg, waitMsg } from '../../src/msgport/index.ts';
import { Call, make, move, releaseRights } from '../../src/task/index.ts';
import { decodeFields, decodeResult, type Descriptor, encodeHead, FLAG, MESSAGES } from '../../src/wire/index.ts';
import { until } from '../support/until.ts';
import { pairOf } from './pair.ts';
import type { Peer } from './peer.ts';
import { Rig } from './rig.ts';

const PORT = 0x50000000;
const NONE = { disp: 0, name: 0 };
const HERE = { disp: DISP.COPY_SEND, name: PORT };

// Out-of-line memory on its way through the broker, which carries it and does not look.
describe('memory that is carried', () => {
  test('comes again, the same bytes, when a drain has handed the message back', async () => {
    await using rig = await Rig.start();
    const echo = await echoPair(rig);
    const { client, server, port, right } = await pairOf(rig);
    const call = new Call(1, { small: move(filled(10)), large: filled(100_000), larger: move(filled(1_000_000)) });
    beginMsg(right, call);
    await client.calls.call('port_names', {});
    await rig.broker.drain(server.welcome.task, port.name);
    // Memory of the same lengths comes and goes meanwhile.
    for (let i = 1; i < 9; i += 1) {
      const other = new Call(1, [filled(1_000_000).fill(i), filled(100_000).fill(i)]);
      expect(await doMsg(echo.right, other)).toBe(0);
    }
    await client.calls.call('port_names', {});
    server.calls.post('serve', { name: port.name });
    const msg = await port.receive();
    const { small, large, larger } = msg.body as Record<string, Uint8Array>;
    for (const [bytes, length] of [
      [small, 10],
      [large, 100_000],
      [larger, 1_000_000],
    ] as const) {
      expect(Buffer.compare(bytes ?? Buffer.alloc(0), filled(length))).toBe(0);
    }
    replyMsg(msg, 0);
    expect(await waitMsg(call)).toBe(0);
    port.destroy();
    echo.port.destroy();
  });

  test('is not used again before it has left, whatever its receiver says', async () => {
    await using rig = await Rig.start();
    const [length, count] = [5_000_000, 4];
    const hasty = await peerWithPort(rig);
    hasty.send('serve', { name: PORT }, { callId: 1 });
    await hasty.frame('result');
    hasty.link.pause();
    send(hasty, [memoryOf(length)], [new Uint8Array(length).fill(1)]);
    await until(() => portsOf(rig).some(({ delivered }) => delivered === 1));
    hasty.send('taken', { port: PORT, count: 1 });
    hasty.link.flush();
    await until(() => portsOf(rig).every(({ delivered }) => delivered === 0));
    const echo = await echoPair(rig);
    for (let i = 0; i < count; i += 1) {
      expect(await doMsg(echo.right, new Call(1, move(new Uint8Array(length).fill(2))))).toBe(0);
    }
    hasty.link.resume();
    const { memory } = await hasty.frame('deliver');
    expect(memory.map((bytes) => bytes.every((byte) => byte === 1))).toEqual([true]);
    echo.port.destroy();
    hasty.link.close();
  });

  test('counts for the sender’s bytes', async () => {
    await using rig = await Rig.start({ queuedBytesPerTask: 250_000 });
    const { port, right } = await pairOf(rig);
    const waiting = [move(filled(100_000)), filled(100_000)].map((bytes) => new Call(1, bytes));
    for (const call of waiting) beginMsg(right, call);
    expect(await doMsg(right, new Call(1, filled(100_000)))).toBe('MACH_SEND_NO_BUFFER');
    port.destroy();
    for (const call of waiting) await waitMsg(call);
  });

  test('comes with a message that is received by name, at once or later', async () => {
    await using rig = await Rig.start();
    const peer = await peerWithPort(rig);
    const receive = { name: PORT, maxBytes: 1 << 20, large: false, poll: false, notify: 0 };
    send(peer, [memoryOf(5), HERE, memoryOf(200_000)], [filled(5), filled(200_000)]);
    peer.send('receive', { ...receive, receiveId: 1 }, { callId: 10 });
    const now = await peer.frame('result');
    peer.send('receive', { ...receive, receiveId: 2 }, { callId: 11 });
    send(peer, [memoryOf(5), HERE, memoryOf(200_000)], [filled(5), filled(200_000)]);
    await peer.frame('result');
    const later = await peer.frame('received');
    const bodies = [decodeResult('receive', now.body).body, decodeFields('received', later.body).body];
    expect(bodies.map((body) => Buffer.from(body).toString())).toEqual(['text', 'text']);
    for (const { descriptors, memory } of [now, later]) {
      expect(descriptors.slice(2)).toEqual([memoryOf(5), { disp: DISP.MOVE_SEND, name: PORT }, memoryOf(200_000)]);
      expect(memory.map((bytes) => Buffer.compare(bytes, filled(bytes.length)))).toEqual([0, 0]);
    }
    peer.link.close();
  });

  test('comes back with a message that could not be queued', async () => {
    await using rig = await Rig.start();
    const peer = await peerWithPort(rig);
    peer.send('port_set_qlimit', { name: PORT, qlimit: 0 });
    send(peer, [memoryOf(5), memoryOf(200_000)], [filled(5), filled(200_000)], FLAG.POLL);
    const { body, descriptors, memory } = await peer.frame('sent');
    expect(decodeFields('sent', body)).toEqual({ code: 'MACH_SEND_TIMED_OUT' });
    expect(descriptors.slice(2)).toEqual([memoryOf(5), memoryOf(200_000)]);
    expect(memory.map((bytes) => Buffer.compare(bytes, filled(bytes.length)))).toEqual([0, 0]);
    peer.link.close();
  });

  test('that is not there destroys the message', async () => {
    await using rig = await Rig.start();
    const peer = await peerWithPort(rig);
    send(peer, [memoryOf(5), memoryOf(NO_MEMORY), memoryOf(5)], [filled(5), filled(0), filled(5)], FLAG.ACK);
    expect(decodeFields('sent', (await peer.frame('sent')).body)).toEqual({ code: 'MACH_SEND_INVALID_MEMORY' });
    peer.link.close();
  });

  test('is nobody’s destination or reply right', async () => {
    await using rig = await Rig.start();
    const peer = await peerWithPort(rig);
    const head = { kind: MESSAGES.send.id, callId: 1, flags: FLAG.ACK };
    for (const rights of [
      [memoryOf(5), NONE],
      [HERE, memoryOf(5)],
    ]) {
      peer.raw(encodeHead(head, rights), Buffer.from('text'), [filled(5)]);
      expect(decodeFields('sent', (await peer.frame('sent')).body)).toEqual({ code: 'MACH_SEND_INVALID_HEADER' });
    }
    peer.link.close();
  });

  test.each([
    ['a little', 9],
    ['much', 0xffff_fffe],
  ])('that is announced and does not come ends the connection: %s too much', async (_what, length) => {
    await using rig = await Rig.start();
    const peer = await peerWithPort(rig);
    // On the stream it is what is left of the frame, so that only the broker can tell.
    send(peer, [memoryOf(length)], []);
    const { code, reason } = await peer.refusal();
    expect(code).toBe('EPROTOCOL');
    expect(reason).toContain(`announces ${length} bytes of memory`);
  });
});

describe('limits', () => {
  test('more large arrays than descriptors: those that are too many travel in the body', async () => {
    await using rig = await Rig.start({ descriptorsPerMessage: 10 });
    const { client, port, right } = await echoPair(rig);
    using reply = client.allocate();
    const arrays = Array.from({ length: 20 }, () => filled(70_000));
    const call = new Call(1, { arrays, right: make.send(reply) });
    expect(await doMsg(right, call)).toBe(0);
    const moved = arrays.map((bytes) => move(bytes));
    const tooMany = new Call(1, moved);
    expect(await doMsg(right, tooMany)).toBe('EBADBODY');
    expect(tooMany.failure).toMatchObject({ code: 'ELIMIT' });
    const some = new Call(1, moved.slice(0, 8));
    expect(await doMsg(right, some)).toBe(0);
    expect(moved.map((bytes) => bytes.length)).toEqual([
      ...Array.from({ length: 8 }, () => 0),
      ...Array.from({ length: 12 }, () => 70_000),
    ]);
    port.destroy();
  });

  test('a body over frameBytes leaves its memory as it was', async () => {
    await using rig = await Rig.start({ frameBytes: 1_000_000 });
    const { port, right } = await echoPair(rig);
    const [moved, plain] = [move(filled(500_000)), filled(600_000)];
    const call = new Call(1, { moved, plain });
    expect(await doMsg(right, call)).toBe('EBADBODY');
    expect(call.failure).toMatchObject({ code: 'ELIMIT' });
    expect(String(call.failure)).toMatch(/a body of 1100\d\d\d bytes/);
    for (const [bytes, length] of [
      [plain, 600_000],
      [moved, 500_000],
    ] as const) {
      const alone = new Call(1, bytes);
      expect(await doMsg(right, alone)).toBe(0);
      expect(Buffer.compare(alone.result as Uint8Array, filled(length))).toBe(0);
    }
    expect([moved.length, plain.length]).toEqual([0, 600_000]);
    port.destroy();
  });
});

function portsOf(rig: Rig) {
  return rig.broker.kernel.inspect().ports;
}

/** One that answers what it was sent. */
function echoPair(rig: Rig): ReturnType<typeof pairOf> {
  return pairOf(rig, (msg) => {
    if (msg.body instanceof Uint8Array) msg.result = msg.body;
    else releaseRights(msg.body);
    return 0;
  });
}

async function peerWithPort(rig: Rig): Promise<Peer> {
  const peer = await rig.attachedPeer();
  peer.send('port_allocate_name', { right: RIGHT.RECEIVE, name: PORT });
  peer.send('port_insert_right', { name: PORT, right: { disp: DISP.MAKE_SEND, name: PORT } });
  return peer;
}

function send(peer: Peer, rights: Descriptor[], memory: Uint8Array[], flags = 0): void {
  const head = encodeHead({ kind: MESSAGES.send.id, callId: 1, flags: flags | FLAG.RAW }, [HERE, NONE, ...rights]);
  peer.raw(head, Buffer.from('text'), memory);
}

function memoryOf(name: number): Descriptor {
  return { disp: DISP.MEMORY, name };
}

function filled(length: number): Uint8Array {
  return new Uint8Array(length).fill(length);
}
