import { describe, expect, test } from 'vitest';
import { abortMsg, doMsg, getMsg, Message, MSGF, QueuePort, replyMsg, ReplyPort } from '../../src/msgport/index.ts';
import { STATES } from './support.ts';

// Abort is a request, not a cancellation (lwkt.md §1.5).
describe('abortMsg', () => {
  test.each(Object.keys(STATES))('a message that is %s', (state) => {
    const msg = STATES[state]?.make() ?? new Message();
    msg.flags |= MSGF.ABORTABLE;
    let asked = 0;
    msg.onAbort = () => (asked += 1);
    const before = msg.flags;
    abortMsg(msg);
    expect(asked).toBe(state === 'being processed' || state === 'on the target queue' ? 1 : 0);
    expect(msg.flags).toBe(before);
  });

  test('does nothing unless the message is ABORTABLE', () => {
    const msg = STATES['being processed']?.make() ?? new Message();
    msg.onAbort = () => expect.unreachable('it was asked');
    abortMsg(msg);
  });
});

describe('a signal on a wait', () => {
  test('asks once; the wait ends by the reply and only so', async () => {
    const { port, msg, asked } = abortable();
    const abort = new AbortController();
    let settled = false;
    const wait = Promise.resolve(doMsg(port, msg, { signal: abort.signal })).finally(() => (settled = true));
    abort.abort();
    abort.abort();
    await turns();
    expect([asked.length, settled]).toEqual([1, false]);
    finish(port, 'EINTR');
    expect(await wait).toBe('EINTR');
  });

  test('the target may finish as if nothing was', async () => {
    const { port, msg } = abortable();
    const abort = new AbortController();
    const wait = doMsg(port, msg, { signal: abort.signal });
    abort.abort();
    finish(port, 0);
    expect(await wait).toBe(0);
  });

  test('one that has fired before asks at once', async () => {
    const { port, msg, asked } = abortable();
    const wait = doMsg(port, msg, { signal: AbortSignal.abort() });
    await turns();
    expect(asked).toEqual([msg]);
    finish(port, 0);
    expect(await wait).toBe(0);
  });

  test('has no effect on a message that is not abortable', async () => {
    const { port, msg, asked } = abortable();
    msg.flags &= ~MSGF.ABORTABLE;
    const abort = new AbortController();
    const wait = doMsg(port, msg, { signal: abort.signal });
    abort.abort();
    await turns();
    expect(asked).toEqual([]);
    finish(port, 0);
    expect(await wait).toBe(0);
  });

  test('after the reply asks nobody', async () => {
    const { port, msg, asked } = abortable();
    const abort = new AbortController();
    const wait = doMsg(port, msg, { signal: abort.signal });
    finish(port, 0);
    await wait;
    abort.abort();
    expect(asked).toEqual([]);
  });
});

function abortable(): { port: QueuePort; msg: Message; asked: Message[] } {
  const asked: Message[] = [];
  const msg = new Message(new ReplyPort(), MSGF.ABORTABLE);
  msg.onAbort = (wanted) => asked.push(wanted);
  return { port: new QueuePort(), msg, asked };
}

function finish(port: QueuePort, code: 0 | 'EINTR'): void {
  const taken = getMsg(port);
  if (taken === null) return expect.unreachable('the message is not on its target');
  return replyMsg(taken, code);
}

/** Long enough for every promise that is settled to be seen. */
function turns(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
