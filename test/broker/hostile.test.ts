import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { beginMsg, doMsg, waitMsg } from '../../src/msgport/index.ts';
import { Call, type SendRight, type Task } from '../../src/task/index.ts';
import { decodeFields, decodeResult, encodeHead, FLAG, MESSAGES, PROTOCOL } from '../../src/wire/index.ts';
import { DISP } from '../../src/kernel/index.ts';
import { pairOf } from './pair.ts';
import { Rig } from './rig.ts';

const NONE = { disp: 0, name: 0 };
const PORT = 0x50000000;

let rig: Rig;
/** Two tasks that mind their own business, whatever a third one does. */
let bystanders: { client: Task; server: Task; right: SendRight };

beforeEach(async () => {
  rig = await Rig.start({
    tasks: 4,
    handshakeMs: 200,
    pendingCalls: 3,
    frameBytes: 64 * 1024,
    descriptorsPerMessage: 8,
  });
  bystanders = await pairOf(rig, (msg) => {
    msg.result = msg.body;
    return 0;
  });
});

afterEach(async () => {
  const call = new Call(1, 'still there?');
  expect(await doMsg(bystanders.right, call)).toBe(0);
  expect(call.result).toBe('still there?');
  bystanders.right.deallocate();
  await rig[Symbol.asyncDispose]();
});

describe('the handshake', () => {
  test('a peer of another major version is refused with both versions named', async () => {
    const peer = await rig.peer();
    peer.hello({ major: PROTOCOL.major + 1, minor: 7 });
    const { code, reason } = await peer.refusal();
    expect(code).toBe('EVERSION');
    expect(reason).toContain(`${PROTOCOL.major}.${PROTOCOL.minor}`);
    expect(reason).toContain(`${PROTOCOL.major + 1}.7`);
  });

  test('a newer minor version is welcome', async () => {
    const peer = await rig.peer();
    peer.hello({ major: PROTOCOL.major, minor: PROTOCOL.minor + 1 });
    await peer.frame('welcome');
    peer.link.close();
  });

  test('anything before hello is refused', async () => {
    const peer = await rig.peer();
    peer.send('port_names', {});
    expect((await peer.refusal()).reason).toContain('hello');
  });

  test('a second hello is refused', async () => {
    const peer = await rig.attachedPeer();
    peer.hello();
    expect((await peer.refusal()).code).toBe('EPROTOCOL');
  });

  test('limit handshakeMs: who says nothing is cut off', async () => {
    const peer = await rig.peer();
    expect((await peer.refusal()).reason).toContain('no hello within 200 ms');
  });

  test('limit tasks: one more is refused, and has room when another leaves', async () => {
    const peers = [await rig.attachedPeer(), await rig.attachedPeer()];
    const tooMany = await rig.peer();
    tooMany.hello();
    expect((await tooMany.refusal()).code).toBe('ELIMIT');
    peers[0]?.send('detach', {});
    await peers[0]?.frame('goodbye');
    const next = await rig.attachedPeer();
    next.link.close();
    peers[1]?.link.close();
  });
});

describe('frames', () => {
  test.each([
    [0x00, 'header version 0'],
    [0xa5, 'route 2779096485 was never adopted'],
  ])('garbage is refused with the reason (%i)', async (byte, reason) => {
    const peer = await rig.attachedPeer();
    peer.raw(Buffer.alloc(200, byte));
    expect((await peer.refusal()).reason).toContain(reason);
  });

  test.each([
    ['a kind nobody knows', encodeHead({ kind: 250 })],
    ['a kind only a broker sends', encodeHead({ kind: MESSAGES.welcome.id })],
    ['a body with too few fields', encodeHead({ kind: MESSAGES.port_allocate.id, callId: 1 })],
    ['a send without descriptors', encodeHead({ kind: MESSAGES.send.id, callId: 1 })],
    [
      'a send that may wait and has no callId',
      encodeHead({ kind: MESSAGES.send.id }, [{ disp: DISP.COPY_SEND, name: 1 }, NONE]),
    ],
    [
      'a message too large for the answer to a receive',
      Buffer.concat([encodeHead({ kind: MESSAGES.send.id, callId: 1 }, [NONE, NONE])], 64 * 1024),
    ],
    [
      'too many descriptors',
      encodeHead(
        { kind: MESSAGES.send.id, callId: 1 },
        Array.from({ length: 9 }, () => NONE),
      ),
    ],
  ])('%s: refused', async (_what, head) => {
    const peer = await rig.attachedPeer();
    peer.raw(head);
    expect((await peer.refusal()).code).toBe('EPROTOCOL');
  });

  test('limit frameBytes: a larger frame ends the link, and the operator can see why', async () => {
    const peer = await rig.attachedPeer();
    peer.raw(encodeHead({ kind: MESSAGES.send.id, callId: 1 }), Buffer.alloc(64 * 1024));
    await peer.closed;
    expect(rig.reasons[0]).toContain('at most 65536 are allowed');
  });

  test('random frames of every kind never bring the broker down', async () => {
    const random = rig.host.random(4000);
    for (const kind of Object.keys(MESSAGES) as (keyof typeof MESSAGES)[]) {
      const peer = await rig.attachedPeer();
      const body = Buffer.from(random.subarray(MESSAGES[kind].id, MESSAGES[kind].id + 40));
      peer.raw(encodeHead({ kind: MESSAGES[kind].id, callId: 5 }, [{ disp: 20, name: 1 }, NONE]), body);
      peer.send('detach', {});
      await peer.closed;
    }
  });
});

test('a task that is cut off tells those who wait why', async () => {
  const { client, right } = await pairOf(rig);
  const call = new Call(1, 'never answered');
  beginMsg(right, call);
  client.link.send(encodeHead({ kind: 250 }));
  expect(await waitMsg(call)).toBe('EBROKERDIED');
  expect(String(call.failure)).toContain('a task does not send messages of kind 250');
});

describe('rights and calls', () => {
  test('a name that was not given is refused, and nothing else happens', async () => {
    const peer = await rig.attachedPeer();
    peer.raw(
      encodeHead({ kind: MESSAGES.send.id, callId: 9, flags: FLAG.ACK }, [{ disp: DISP.COPY_SEND, name: 77 }, NONE]),
    );
    expect(decodeFields('sent', (await peer.frame('sent')).body)).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
    peer.link.close();
  });

  test('a task that takes what was not delivered, drains what it does not serve or aborts what is not: nothing happens', async () => {
    const peer = await rig.attachedPeer();
    peer.send('taken', { port: PORT, count: 4_000_000_000 });
    peer.send('drained', { port: PORT, taken: 7 });
    peer.send('abort', { replyPort: PORT }, { callId: 3 });
    peer.send('port_type', { name: PORT }, { callId: 4 });
    const { body } = await peer.frame('result');
    expect(decodeResult('port_type', body).code).toBe('KERN_INVALID_NAME');
    peer.link.close();
  });

  test('limit pendingCalls: the kernel counts the replies a task waits for, whatever its library says', async () => {
    rig.grants = {
      bootstrap: { from: bystanders.server.welcome.task, right: { disp: DISP.MAKE_SEND, name: silent() } },
    };
    const peer = await rig.peer();
    peer.hello();
    const { bootstrap } = decodeFields('welcome', (await peer.frame('welcome')).body);
    peer.send('port_allocate_name', { right: 1, name: PORT });
    const ask = (callId: number): void =>
      peer.raw(
        encodeHead({ kind: MESSAGES.send.id, callId, flags: FLAG.ACK }, [
          { disp: DISP.COPY_SEND, name: bootstrap },
          { disp: DISP.MAKE_SEND_ONCE, name: PORT },
        ]),
      );
    for (const callId of [1, 2, 3, 4]) ask(callId);
    const codes = [];
    for (let i = 0; i < 4; i += 1) codes.push(decodeFields('sent', (await peer.frame('sent')).body).code);
    expect(codes).toEqual([0, 0, 0, 'MACH_SEND_NO_BUFFER']);
    peer.link.close();
  });

  test('a receive call gets its message with all that belongs to it, at once or later', async () => {
    const peer = await rig.attachedPeer();
    peer.send('port_allocate_name', { right: 1, name: PORT });
    peer.send('port_insert_right', { name: PORT, right: { disp: DISP.MAKE_SEND, name: PORT } });
    const say = (text: string): void =>
      peer.raw(
        encodeHead({ kind: MESSAGES.send.id, callId: 1, routine: 42, flags: FLAG.RAW }, [
          { disp: DISP.COPY_SEND, name: PORT },
          { disp: DISP.MAKE_SEND_ONCE, name: PORT },
          { disp: DISP.COPY_SEND, name: PORT },
        ]),
        Buffer.from(text),
      );
    const receive = { name: PORT, maxBytes: 1000, large: false, poll: false, notify: 0 };
    say('first');
    peer.send('receive', { ...receive, receiveId: 70 }, { callId: 10 });
    const now = await peer.frame('result');
    const first = decodeResult('receive', now.body);
    expect(first).toMatchObject({ code: 0, notification: 0 });
    expect(Buffer.from(first.body).toString()).toBe('first');
    expect(now.header).toMatchObject({ routine: 42, sequence: 0, flags: FLAG.RAW });
    expect(now.descriptors.map(({ disp }) => disp)).toEqual([DISP.MOVE_SEND, DISP.MOVE_SEND_ONCE, DISP.MOVE_SEND]);

    peer.send('receive', { ...receive, receiveId: 71 }, { callId: 11 });
    expect(decodeResult('receive', (await peer.frame('result')).body).code).toBe('waiting');
    say('second');
    const later = await peer.frame('received');
    expect(later.header).toMatchObject({ callId: 71, routine: 42, sequence: 1 });
    expect(Buffer.from(decodeFields('received', later.body).body).toString()).toBe('second');

    peer.send('receive', { ...receive, receiveId: 72 }, { callId: 12 });
    await peer.frame('result');
    peer.send('port_mod_refs', { name: PORT, right: 1, delta: -1 });
    const died = decodeFields('received', (await peer.frame('received')).body);
    expect(died).toMatchObject({ code: 'MACH_RCV_PORT_DIED', notification: 0 });
    peer.link.close();
  });

  test('a receive call gets a notification too', async () => {
    const peer = await rig.attachedPeer();
    peer.send('port_allocate_name', { right: 1, name: PORT });
    const notify = { disp: DISP.MAKE_SEND_ONCE, name: PORT };
    peer.send('port_request_notification', { name: PORT, variant: 70, sync: 0, notify, tag: 33 });
    peer.send(
      'receive',
      { name: PORT, receiveId: 1, maxBytes: 1000, large: false, poll: true, notify: 0 },
      { callId: 2 },
    );
    expect(decodeResult('receive', (await peer.frame('result')).body)).toMatchObject({
      code: 0,
      notification: 70,
      tag: 33,
    });
    peer.link.close();
  });

  test('of a message that is refused the header arrives, and nothing of its body', async () => {
    const peer = await rig.attachedPeer();
    peer.send('port_allocate_name', { right: 1, name: PORT });
    const head = { kind: MESSAGES.send.id, routine: 42 };
    const once = { disp: DISP.MAKE_SEND_ONCE, name: PORT };
    peer.raw(encodeHead({ ...head, callId: 1 }, [once, once]), Buffer.from('too much'));
    const receive = { name: PORT, receiveId: 1, maxBytes: 20, large: false, poll: true, notify: 0 };
    peer.send('receive', receive, { callId: 2 });
    const refused = await peer.frame('result');
    expect(refused.header).toMatchObject({ callId: 2, routine: 42, sequence: 0 });
    expect(refused.descriptors).toEqual([
      { disp: DISP.MOVE_SEND_ONCE, name: PORT },
      { disp: DISP.MOVE_SEND_ONCE, name: 0 },
    ]);
    const { code, value, body } = decodeResult('receive', refused.body);
    expect({ code, value, body: body.length }).toEqual({ code: 'MACH_RCV_TOO_LARGE', value: 88, body: 0 });
    // Of the notification that the reply right left behind, refused in its turn, only the kind is told.
    peer.send('receive', { ...receive, maxBytes: 1000, notify: 4711 }, { callId: 3 });
    expect(decodeResult('receive', (await peer.frame('result')).body)).toMatchObject({
      code: 'MACH_RCV_INVALID_NOTIFY',
      tag: 1,
      notification: 71,
      handled: undefined,
    });
    peer.link.close();
  });

  test('a send names the port that it is not to tell, before its other descriptors', async () => {
    const peer = await rig.attachedPeer();
    for (const name of [PORT, PORT + 1]) peer.send('port_allocate_name', { right: 1, name });
    const once = { disp: DISP.MAKE_SEND_ONCE, name: PORT };
    const [cancelled, told] = [PORT + 2, PORT + 3];
    for (const name of [cancelled, told]) {
      peer.send('port_insert_right', { name, right: once });
      const notify = { disp: DISP.MAKE_SEND_ONCE, name: PORT + 1 };
      peer.send('port_request_notification', { name, variant: 72, sync: 0, notify, tag: name });
    }
    const head = { kind: MESSAGES.send.id, flags: FLAG.CANCEL };
    const dest = (name: number) => ({ disp: DISP.MOVE_SEND_ONCE, name });
    peer.raw(encodeHead({ ...head, callId: 1 }, [{ disp: 0, name: 4711 }, dest(cancelled), NONE]));
    expect(decodeFields('sent', (await peer.frame('sent')).body).code).toBe('MACH_SEND_INVALID_NOTIFY');
    peer.raw(encodeHead(head, [{ disp: 0, name: PORT + 1 }, dest(cancelled), NONE, once]));
    peer.raw(encodeHead({ ...head, flags: 0 }, [dest(told), NONE]));
    const receive = { name: PORT + 1, receiveId: 1, maxBytes: 1000, large: false, poll: true, notify: 0 };
    peer.send('receive', receive, { callId: 2 });
    const first = decodeResult('receive', (await peer.frame('result')).body);
    expect(first).toMatchObject({ code: 0, notification: 65, name: told, tag: told });
    peer.send('receive', { ...receive, name: PORT }, { callId: 3 });
    const { descriptors } = await peer.frame('result');
    expect(descriptors.map(({ disp }) => disp)).toEqual([18, 0, 18]);
    peer.raw(encodeHead(head, [{ disp: 0, name: PORT }, dest(told)]));
    expect((await peer.refusal()).reason).toContain('two descriptors');
  });

  test('a call is made on the task whose task port its descriptor names', async () => {
    const peer = await rig.attachedPeer();
    const other = await rig.attachedPeer();
    const [mine, theirs] = rig.broker.kernel
      .inspect()
      .tasks.slice(-2)
      .map(({ task, names }) => ({
        task,
        self: names[0]?.name ?? 0,
      }));
    const right = { disp: DISP.COPY_SEND, name: theirs?.self ?? 0 };
    const { name = 0 } = rig.broker.kernel.grant(theirs?.task ?? 0, right, mine?.task ?? 0);
    const on = [{ disp: 0, name }];
    peer.send('port_allocate_name', { right: 1, name: PORT }, { callId: 1 }, on);
    expect(decodeResult('port_allocate_name', (await peer.frame('result')).body).code).toBe(0);
    const types: number[] = [];
    for (const who of [peer, other]) {
      who.send('port_type', { name: PORT }, { callId: 2 });
      types.push(decodeResult('port_type', (await who.frame('result')).body).value);
    }
    expect(types).toEqual([0, 1 << 17]);
    peer.send('port_names', {}, { callId: 3 }, [{ disp: 0, name: 4711 }]);
    expect(decodeResult('port_names', (await peer.frame('result')).body).code).toBe('MACH_SEND_INVALID_DEST');
    for (const who of [peer, other]) who.link.close();
  });

  test('a fault while one task is served cuts that one off and is reported with its stack', async () => {
    const peer = await rig.attachedPeer();
    const other = await rig.attachedPeer();
    peer.send('port_allocate_name', { right: 1, name: PORT });
    peer.send('serve', { name: PORT }, { callId: 1 });
    await peer.frame('result');
    // Bodies are this broker's own; any other payload is a bug, and this is the shortest way to one.
    const message = {
      dest: { disp: DISP.MAKE_SEND, name: PORT },
      reply: NONE,
      rights: [],
      tag: 0,
      bytes: 1,
      payload: 'not carried',
    };
    const task = rig.broker.kernel.inspect().tasks.find(({ names }) => names.some(({ name }) => name === PORT))?.task;
    rig.broker.kernel.handle(task ?? 0, { op: 'send', sendId: 1, message, poll: false, notify: false, cancel: 0 });
    rig.broker.carryOut();
    expect((await peer.refusal()).reason).toContain('fault in the broker');
    expect(rig.faults).toHaveLength(1);
    expect(rig.faults[0]).toMatch(/the kernel carries what this broker gave it[^]*at .*carried/);
    rig.faults = [];
    other.send('port_names', {}, { callId: 3 });
    await other.frame('result');
    other.link.close();
  });
});

describe('routes', () => {
  test('a route that was never adopted ends the link, with the reason', async () => {
    const peer = await rig.attachedPeer();
    peer.send('hello', { ...PROTOCOL, pid: 1, threadId: 1, label: 'thread' }, { route: 3 });
    expect((await peer.refusal()).reason).toContain('route 3 was never adopted');
  });

  test('an adopted route is a task of its own; what comes late on it is ignored', async () => {
    const peer = await rig.attachedPeer();
    peer.send('adopt', { route: 1, module: '', label: 'thread' }, {}, [{ disp: DISP.COPY_SEND, name: 1 }]);
    peer.send('hello', { ...PROTOCOL, pid: 1, threadId: 1, label: 'says otherwise' }, { route: 1 });
    const { header } = await peer.frame('welcome');
    expect(header.route).toBe(1);
    expect([...rig.broker.sessions.values()].map(({ label }) => label)).toContain('thread');
    peer.send('detach', {}, { route: 1 });
    peer.send('port_names', {}, { route: 1, callId: 1 });
    await peer.frame('goodbye');
    await peer.frame('routeClosed');
    peer.send('routeClosed', {}, { route: 1 });
    peer.send('port_names', {}, { callId: 2 });
    expect((await peer.frame('result')).header.callId).toBe(2);
    peer.link.close();
  });

  test('a broken task on a route takes nothing with it but that route', async () => {
    const peer = await rig.attachedPeer();
    peer.send('adopt', { route: 1, module: '', label: 'thread' });
    peer.send('hello', { ...PROTOCOL, pid: 1, threadId: 1, label: '' }, { route: 1 });
    await peer.frame('welcome');
    peer.raw(encodeHead({ kind: 250, route: 1 }));
    const { header } = await peer.frame('refuse');
    expect(header.route).toBe(1);
    await peer.frame('routeClosed');
    peer.send('port_names', {}, { callId: 2 });
    await peer.frame('result');
    peer.link.close();
  });

  test.each([0, 1])('route %i cannot be adopted when it is taken', async (route) => {
    const peer = await rig.attachedPeer();
    peer.send('adopt', { route: 1, module: '', label: '' });
    peer.send('adopt', { route, module: '', label: '' });
    expect((await peer.refusal()).reason).toContain('rising order');
  });

  test('limit tasks: a thread too many is refused on its route, its process stays', async () => {
    const full = await rig.attachedPeer();
    const peer = await rig.attachedPeer();
    peer.send('adopt', { route: 1, module: '', label: 'one too many' });
    const { header, body } = await peer.frame('refuse');
    expect(header.route).toBe(1);
    expect(decodeFields('refuse', body).code).toBe('ELIMIT');
    await peer.frame('routeClosed');
    peer.send('port_names', {}, { callId: 2 });
    await peer.frame('result');
    peer.link.close();
    full.link.close();
  });
});

/** A port of the serving bystander that nobody receives from, by its name there. */
function silent(): number {
  return bystanders.server.allocate({ label: 'silent' }).name;
}
