import { describe, expect, test } from 'vitest';
import {
  doMsg,
  DirectPort,
  getMsg,
  Message,
  MSGF,
  MsgPort,
  QueuePort,
  replyMsg,
  ReplyPort,
  sendMsg,
  waitPort,
} from '../../src/msgport/index.ts';
import { message } from './support.ts';

// Port kinds and their handler table (lwkt.md §1.4).
describe('a queue port', () => {
  test('priority first, FIFO within each', () => {
    const port = new QueuePort();
    const messages = [0, 1, 0, 1, 0].map((priority) => message(priority === 1 ? MSGF.PRIORITY : 0));
    for (const msg of messages) sendMsg(port, msg);
    const got = messages.map(() => messages.indexOf(getMsg(port) ?? message()));
    expect(got).toEqual([1, 3, 0, 2, 4]);
  });

  test('getMsg never sleeps: null if it is empty; it clears QUEUED', () => {
    const port = new QueuePort();
    expect(getMsg(port)).toBe(null);
    const msg = message();
    sendMsg(port, msg);
    expect((getMsg(port)?.flags ?? MSGF.QUEUED) & MSGF.QUEUED).toBe(0);
  });

  test('waitPort answers at once if there is something, else when it comes', async () => {
    const port = new QueuePort();
    const [first, second] = [message(), message()];
    sendMsg(port, first);
    expect(waitPort(port)).toBe(first);
    const wait = waitPort(port);
    sendMsg(port, second);
    expect(await wait).toBe(second);
    expect(getMsg(port)).toBe(null);
  });

  test('waitPort answers null only if its signal fired', async () => {
    const port = new QueuePort();
    const abort = new AbortController();
    const wait = waitPort(port, abort.signal);
    abort.abort();
    expect(await wait).toBe(null);
    expect(waitPort(port, abort.signal)).toBe(null);
    const msg = message();
    sendMsg(port, msg);
    expect(waitPort(port, abort.signal)).toBe(msg);
  });

  test('one owner: a second pending receive is refused', async () => {
    const port = new QueuePort();
    const wait = waitPort(port);
    expect(() => waitPort(port)).toThrow('this port has a receiver already');
    const msg = message();
    sendMsg(port, msg);
    expect(await wait).toBe(msg);
  });

  test('several receivers are served in order, and one that gives up is passed over', async () => {
    const port = new QueuePort({ receivers: 'many' });
    const abort = new AbortController();
    const waits = [waitPort(port), waitPort(port, abort.signal), waitPort(port)];
    abort.abort();
    const messages = [message(), message(), message()];
    for (const msg of messages) sendMsg(port, msg);
    expect(await Promise.all(waits)).toEqual([messages[0], null, messages[1]]);
    expect(getMsg(port)).toBe(messages[2]);
  });

  test('a message goes to the receiver itself: nobody can take it away before that runs', async () => {
    const port = new QueuePort();
    const wait = waitPort(port);
    const msg = message();
    sendMsg(port, msg);
    expect(getMsg(port)).toBe(null);
    expect(await wait).toBe(msg);
  });
});

describe('a reply port', () => {
  test('without a function just marks the message complete', () => {
    const msg = new Message(new ReplyPort());
    sendMsg(new DirectPort(() => 'EINVAL'), msg);
    expect(msg.flags).toBe(MSGF.DONE | MSGF.REPLY);
    expect(msg.error).toBe('EINVAL');
  });

  test('its function sees the reply complete, and may send the message again', () => {
    let left = 3;
    const port = new DirectPort(() => 0);
    const msg: Message = new Message(
      new ReplyPort((reply) => {
        expect(reply.flags).toBe(MSGF.DONE | MSGF.REPLY);
        if (--left > 0) sendMsg(port, reply);
      }),
    );
    sendMsg(port, msg);
    expect(left).toBe(0);
  });

  test.each(['put', 'get', 'drop'] as const)('does not take a %s', (op) => {
    expect(() => new ReplyPort()[op](message())).toThrow(`${op}: a ReplyPort does not take this`);
  });
});

describe('a direct port', () => {
  test.each(['reply', 'get', 'drop'] as const)('does not take a %s', (op) => {
    expect(() => new DirectPort(() => 0)[op](message())).toThrow(`${op}: a DirectPort does not take this`);
  });
});

describe('embedding', () => {
  class DiskRequest extends Message {
    lba = 0;
  }

  /** A port that is part of its device, and counts what it does. */
  class Disk extends MsgPort {
    reads = 0;
    readonly completions = new QueuePort();
    override put(msg: Message): 0 | 'EINVAL' {
      if (!(msg instanceof DiskRequest)) return 'EINVAL';
      this.reads += 1;
      msg.result = msg.lba * 512;
      return 0;
    }
  }

  test('a message as a base class, a port as a base class and as a field', () => {
    const disk = new Disk();
    const request = new DiskRequest(disk.completions);
    request.lba = 7;
    sendMsg(disk, request);
    expect(getMsg(disk.completions)).toBe(request);
    expect(request.result).toBe(3584);
    expect(doMsg(disk, new Message(disk.completions))).toBe('EINVAL');
  });

  test('a message as a field: one object for request and reply, 10,000 times, in both ways of sending', async () => {
    const server = new QueuePort();
    const client = { replies: new QueuePort(), sent: 0, msg: new Message() };
    client.msg.replyPort = client.replies;
    for (let i = 0; i < 10_000; i += 1) {
      const wait = i % 2 === 0 ? doMsg(server, client.msg) : sendMsg(server, client.msg);
      const taken = getMsg(server);
      expect(taken).toBe(client.msg);
      if (taken !== null) replyMsg(taken, i % 3 === 0 ? 'EINTR' : 0);
      const code = i % 2 === 0 ? await wait : getMsg(client.replies)?.error;
      expect(code).toBe(i % 3 === 0 ? 'EINTR' : 0);
    }
    expect([getMsg(server), getMsg(client.replies)]).toEqual([null, null]);
  });
});
