import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;

function call() {
  const m = new Machine();
  const [a, b] = [m.task(), m.task()];
  const inbox = b.port();
  const dest = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
  const reply = a.port();
  const request = (tag: number) => a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply }, tag });
  const abort = (tag: number) => a.code({ op: 'abort', replyPort: reply, tag });
  return { m, a, b, inbox, dest, reply, request, abort };
}

describe('tags', () => {
  test('a reply comes back with the tag of the request', () => {
    const { a, b, inbox, reply, request } = call();
    for (const tag of [10, 11]) request(tag);
    const remotes = [b.receive(inbox), b.receive(inbox)].map((message) => need(message).remote);
    for (const remote of remotes.toReversed()) b.send(remote);
    expect([a.receive(reply)?.tag, a.receive(reply)?.tag]).toEqual([11, 10]);
  });

  test('a right made for the body has none', () => {
    const { a, b, inbox, dest, reply } = call();
    a.send(dest, { rights: [{ disp: MAKE_SEND_ONCE, name: reply }], tag: 9 });
    b.send(need(b.receive(inbox)?.rights[0]));
    expect(a.receive(reply)?.tag).toBe(0);
  });

  test('one that is only moved keeps its own', () => {
    const { m, a, b, inbox, reply, request } = call();
    request(5);
    const c = m.task();
    const jobs = c.port();
    const toC = { disp: COPY_SEND, name: c.give(b, MAKE_SEND, jobs) };
    b.send(toC, { reply: need(b.receive(inbox)).remote, tag: 1234 });
    c.send(need(c.receive(jobs)).remote);
    expect(a.receive(reply)?.tag).toBe(5);
  });
});

describe('abort', () => {
  test('only who receives from the reply port may ask', () => {
    const { a, dest, abort } = call();
    expect(a.code({ op: 'abort', replyPort: 999, tag: 1 })).toBe('KERN_INVALID_NAME');
    expect(a.code({ op: 'abort', replyPort: dest.name, tag: 1 })).toBe('KERN_INVALID_RIGHT');
    expect(abort(1)).toBe(0);
  });

  test('the request is still queued: it is marked', () => {
    const { m, b, inbox, request, abort } = call();
    for (const tag of [1, 2]) request(tag);
    expect(abort(2)).toBe(0);
    expect(m.effects()).toEqual([]);
    expect([b.receive(inbox)?.aborted, b.receive(inbox)?.aborted]).toEqual([false, true]);
  });

  test('the request is blocked: it is marked too', () => {
    const { b, inbox, request, abort } = call();
    for (let tag = 1; tag <= 6; tag += 1) request(tag);
    abort(6);
    for (let i = 0; i < 5; i += 1) expect(b.receive(inbox)?.aborted).toBe(false);
    expect(b.receive(inbox)?.aborted).toBe(true);
  });

  test('a task has it: it is told, under its name for the reply right', () => {
    const { m, b, inbox, request, abort } = call();
    request(1);
    const { remote } = need(b.receive(inbox));
    b.do({ op: 'port_rename', old: remote.name, name: 0x4000_0000 });
    abort(1);
    expect(m.effects()).toEqual([{ type: 'aborted', task: b.id, reply: 0x4000_0000 }]);
  });

  test('whoever is handed the right after that finds it marked', () => {
    const { m, b, inbox, request, abort } = call();
    request(1);
    const { remote } = need(b.receive(inbox));
    abort(1);
    const c = m.task();
    const jobs = c.port();
    b.send({ disp: COPY_SEND, name: c.give(b, MAKE_SEND, jobs) }, { reply: remote });
    expect(c.receive(jobs)?.aborted).toBe(true);
  });

  test('the reply is on its way, or taken, or the server is dead: nothing happens', () => {
    const { m, a, b, inbox, reply, request, abort } = call();
    request(1);
    b.send(need(b.receive(inbox)).remote, { payload: 'reply' });
    expect(abort(1)).toBe(0);
    expect(a.receive(reply)).toMatchObject({ payload: 'reply', aborted: false });
    expect(abort(1)).toBe(0);
    request(2);
    b.end();
    expect(abort(2)).toBe(0);
    expect(a.receive(reply)?.notification).toEqual({ id: NOTIFY.SEND_ONCE, handled: 'no' });
    expect(m.effects()).toEqual([]);
  });

  test('tag 0 is no tag', () => {
    const { m, a, b, reply } = call();
    a.give(b, MAKE_SEND_ONCE, reply);
    expect(a.code({ op: 'abort', replyPort: reply, tag: 0 })).toBe(0);
    expect(m.effects()).toEqual([]);
  });
});
