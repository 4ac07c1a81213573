import { describe, expect, test } from 'vitest';
import {
  checkMsg,
  DirectPort,
  dropMsg,
  getMsg,
  Message,
  MSGF,
  QueuePort,
  replyMsg,
  sendMsg,
  waitMsg,
} from '../../src/msgport/index.ts';
import { message } from './support.ts';

const STATE = MSGF.DONE | MSGF.REPLY | MSGF.QUEUED | MSGF.SYNC;

describe('waitMsg (§1.3)', () => {
  test('takes a queued reply out of the middle; the others keep their order', () => {
    const replies = new QueuePort();
    const messages = [1, 2, 3, 4].map(() => new Message(replies));
    for (const msg of messages) sendMsg(new DirectPort(() => 'ENOENT'), msg);
    const [, second] = messages;
    if (second !== undefined) expect(waitMsg(second)).toBe('ENOENT');
    expect([getMsg(replies), getMsg(replies), getMsg(replies), getMsg(replies)]).toEqual([
      ...messages.filter((msg) => msg !== second),
      null,
    ]);
  });

  test('is idempotent on a complete message, and answers what is stored on one never sent', () => {
    const msg = message();
    expect(waitMsg(msg)).toBe(0);
    sendMsg(new DirectPort(() => 'EINTR'), msg);
    expect([waitMsg(msg), waitMsg(msg)]).toEqual(['EINTR', 'EINTR']);
  });

  test('after sendMsg: no reply is queued for a client that waits on that message', async () => {
    const [port, replies] = [new QueuePort(), new QueuePort()];
    const msg = new Message(replies);
    sendMsg(port, msg);
    const wait = waitMsg(msg);
    const taken = getMsg(port);
    if (taken !== null) replyMsg(taken, 'EPERM');
    expect(getMsg(replies)).toBe(null);
    expect(await wait).toBe('EPERM');
  });

  test('is forbidden for a dropable message', () => {
    expect(() => waitMsg(message(MSGF.DROPABLE))).toThrow('a dropable message may never be answered');
  });
});

describe('checkMsg (§1.3)', () => {
  test('is true for what was never sent, dropped or answered, and false in flight', () => {
    const port = new QueuePort();
    const msg = message(MSGF.DROPABLE);
    expect(checkMsg(msg)).toBe(true);
    sendMsg(port, msg);
    expect(checkMsg(msg)).toBe(false);
    dropMsg(msg);
    expect(checkMsg(msg)).toBe(true);
  });
});

describe('dropMsg (§1.3)', () => {
  test('takes a queued request back: it looks never sent, and its reply port learns nothing', () => {
    const [port, replies] = [new QueuePort(), new QueuePort()];
    const messages = [1, 2, 3].map(() => new Message(replies, MSGF.DROPABLE));
    for (const msg of messages) sendMsg(port, msg);
    const [first, second, third] = messages;
    if (second !== undefined) expect(dropMsg(second)).toBe(0);
    expect((second?.flags ?? 0) & STATE).toBe(MSGF.DONE);
    expect([getMsg(port), getMsg(port), getMsg(port), getMsg(replies)]).toEqual([first, third, null, null]);
  });

  test('ENOENT for one never sent, being processed, or answered', () => {
    const [port, replies] = [new QueuePort(), new QueuePort()];
    const msg = new Message(replies, MSGF.DROPABLE);
    expect(dropMsg(msg)).toBe('ENOENT');
    sendMsg(port, msg);
    getMsg(port);
    expect(dropMsg(msg)).toBe('ENOENT');
    replyMsg(msg, 0);
    expect(dropMsg(msg)).toBe('ENOENT');
    expect(getMsg(replies)).toBe(msg);
  });

  test('is refused for a message that is not dropable, and on a port without one owner', () => {
    expect(() => dropMsg(message())).toThrow('the message is not dropable');
    const msg = message(MSGF.DROPABLE);
    sendMsg(new QueuePort({ receivers: 'many' }), msg);
    expect(() => dropMsg(msg)).toThrow('drop: a QueuePort does not take this');
  });
});
