import { types } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  beginMsg,
  DirectPort,
  doMsg,
  EASYNC,
  ForwardPort,
  forwardMsg,
  getMsg,
  initMsg,
  Message,
  MSGF,
  QueuePort,
  replyMsg,
  ReplyPort,
  sendMsg,
  waitMsg,
} from '../../src/msgport/index.ts';
import { message, swallowing } from './support.ts';

const SYNC_BITS = MSGF.DONE | MSGF.REPLY | MSGF.QUEUED | MSGF.SYNC;

describe('the dispatch contract (§1.1)', () => {
  test('a send is a direct call of the agent, whose code is final', () => {
    const port = new DirectPort((msg) => {
      msg.result = Number(msg.body) + 1;
      return 0;
    });
    const msg = message();
    msg.body = 1;
    expect(doMsg(port, msg)).toBe(0);
    expect(msg.result).toBe(2);
  });

  test('an agent that queues inside may still answer synchronously', () => {
    const inner = new QueuePort();
    const port = new DirectPort((msg) => {
      inner.put(msg);
      return getMsg(inner) === msg ? 'ENOENT' : 'EINVAL';
    });
    const msg = message();
    expect(doMsg(port, msg)).toBe('ENOENT');
    expect(msg.flags & SYNC_BITS).toBe(MSGF.DONE | MSGF.REPLY | MSGF.SYNC);
  });

  test('a shim has the same API and usually answers EASYNC', async () => {
    const far = new QueuePort();
    const shim = new ForwardPort(far);
    const msg = message();
    const code = doMsg(shim, msg);
    expect(types.isPromise(code)).toBe(true);
    expect(msg.target).toBe(far);
    const arrived = getMsg(far);
    if (arrived !== null) replyMsg(arrived, 'EINVAL');
    expect(await code).toBe('EINVAL');
    shim.target = new DirectPort(() => 'ENOENT');
    expect(doMsg(shim, msg)).toBe('ENOENT');
  });
});

describe('initMsg (§1.3)', () => {
  test('flags become DONE and those given; nothing else is cleared', () => {
    const msg = message(MSGF.PRIORITY | MSGF.ABORTABLE);
    [msg.body, msg.result, msg.error] = ['b', 'r', 'EINTR'];
    const port = new ReplyPort();
    initMsg(msg, port, MSGF.DROPABLE | 0x10000);
    expect(msg.flags).toBe(MSGF.DONE | MSGF.DROPABLE | 0x10000);
    expect(msg).toMatchObject({ replyPort: port, body: 'b', result: 'r', error: 'EINTR' });
  });
});

describe('sendMsg (§1.3)', () => {
  test('clears SYNC, REPLY and DONE before the put', () => {
    const seen: number[] = [];
    const port = new DirectPort((msg) => (seen.push(msg.flags & SYNC_BITS), EASYNC));
    const msg = message();
    void doMsg(new DirectPort(() => 0), msg);
    sendMsg(port, msg);
    expect(seen).toEqual([0]);
  });

  test('a synchronous end comes as a reply on the reply port too, and there only', () => {
    const replies = new QueuePort();
    const msg = new Message(replies);
    sendMsg(new DirectPort(() => 'EINVAL'), msg);
    expect(msg.flags & SYNC_BITS).toBe(MSGF.DONE | MSGF.REPLY | MSGF.QUEUED);
    expect(getMsg(replies)).toBe(msg);
    expect(msg.error).toBe('EINVAL');
  });
});

describe('doMsg (§1.3)', () => {
  test('sets SYNC, and on a synchronous end DONE and REPLY; error and reply port are not touched', () => {
    const replies = new QueuePort();
    const msg = new Message(replies);
    msg.error = 'EINVAL';
    expect(doMsg(new DirectPort(() => 'ENOENT'), msg)).toBe('ENOENT');
    expect(msg.flags & SYNC_BITS).toBe(MSGF.DONE | MSGF.REPLY | MSGF.SYNC);
    expect(msg.error).toBe('EINVAL');
    expect(getMsg(replies)).toBe(null);
  });

  test('on EASYNC it waits, and the reply never touches a queue', async () => {
    const [port, replies] = [new QueuePort(), new QueuePort()];
    const msg = new Message(replies);
    const wait = doMsg(port, msg);
    const taken = getMsg(port);
    if (taken !== null) replyMsg(taken, 'EPERM');
    expect(msg.queue).toBe(null);
    expect(getMsg(replies)).toBe(null);
    expect(await wait).toBe('EPERM');
    expect(msg.error).toBe('EPERM');
  });
});

describe('beginMsg (§1.3)', () => {
  test('answers what the agent said', () => {
    expect(beginMsg(new DirectPort(() => 0), message())).toBe(0);
    expect(beginMsg(new DirectPort(() => 'EINTR'), message())).toBe('EINTR');
    expect(beginMsg(swallowing(), message())).toBe(EASYNC);
  });

  test('a reply that comes before the wait is found by it', async () => {
    const [port, replies] = [new QueuePort(), new QueuePort()];
    const msg = new Message(replies);
    beginMsg(port, msg);
    const taken = getMsg(port);
    if (taken !== null) replyMsg(taken, 'ENONAME');
    expect(getMsg(replies)).toBe(null);
    expect(waitMsg(msg)).toBe('ENONAME');
  });
});

describe('forwardMsg (§1.3)', () => {
  test('keeps SYNC, reply port and waiter: the last hop wakes the originator', async () => {
    const [first, second, replies] = [new QueuePort(), new QueuePort(), new QueuePort()];
    const msg = new Message(replies);
    const wait = doMsg(first, msg);
    const atFirst = getMsg(first);
    if (atFirst !== null) expect(forwardMsg(second, atFirst)).toBe(EASYNC);
    expect(msg.target).toBe(second);
    const atSecond = getMsg(second);
    if (atSecond !== null) replyMsg(atSecond, 'ENONAME');
    expect(await wait).toBe('ENONAME');
    expect(getMsg(replies)).toBe(null);
  });

  test('a target that ends it on the spot: replied to the original reply port, and returned', () => {
    const [first, replies] = [new QueuePort(), new QueuePort()];
    const msg = new Message(replies);
    sendMsg(first, msg);
    const taken = getMsg(first);
    if (taken !== null) expect(forwardMsg(new DirectPort(() => 'EINVAL'), taken)).toBe('EINVAL');
    expect(getMsg(replies)).toBe(msg);
    expect(msg.error).toBe('EINVAL');
  });
});

describe('replyMsg (§1.3)', () => {
  test('stores the code and calls the reply port in the context of the replier', () => {
    const told: unknown[] = [];
    const msg = new Message(new ReplyPort((reply) => told.push(reply.error)));
    const port = new QueuePort();
    sendMsg(port, msg);
    getMsg(port);
    replyMsg(msg, 'EINVAL');
    expect(told).toEqual(['EINVAL']);
  });

  test('REPLY stays set on a retrieved reply, so that it is told from requests on a shared port', () => {
    const port = new QueuePort();
    const [request, other] = [new Message(port), new Message(port)];
    sendMsg(new DirectPort(() => 0), request);
    sendMsg(port, other);
    const got = [getMsg(port), getMsg(port)].map((msg) => ((msg?.flags ?? 0) & MSGF.REPLY) !== 0);
    expect(got).toEqual([true, false]);
  });
});

describe('an agent is held to its answer (§1.1)', () => {
  test.each([
    ['a promise', Promise.resolve(0)],
    ['5', 5],
    ['undefined', undefined],
    ['null', null],
    ['true', true],
  ])('a put that answers %s is a clear error, and the message is its originator’s again', (spelled, answer) => {
    const port = new DirectPort(() => answer as 0);
    const msg = message();
    expect(() => beginMsg(port, msg)).toThrow(`the agent answered ${spelled}`);
    expect(beginMsg(new DirectPort(() => 0), msg)).toBe(0);
  });

  test('a forward to such an agent leaves the message with the forwarder, who can still answer it', () => {
    const queue = new QueuePort();
    const msg = message();
    beginMsg(queue, msg);
    const taken = getMsg(queue);
    if (taken === null) throw new Error('nothing was queued');
    expect(() => forwardMsg(new DirectPort(() => 5 as unknown as 0), taken)).toThrow('the agent answered 5');
    replyMsg(taken, 'EINTR');
    expect(waitMsg(msg)).toBe('EINTR');
  });
});
