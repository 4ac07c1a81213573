import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropMsg, getMsg, Message, MessageQueue, MSGF, QueuePort, sendMsg } from '../../src/msgport/index.ts';

test('MessageQueue does what an array does, whatever leaves from wherever', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('push', 'shift', 'unlink'), fc.nat(9)), { maxLength: 60 }),
      (steps) => {
        const queue = new MessageQueue();
        const messages = Array.from({ length: 10 }, () => new Message());
        let model: Message[] = [];
        for (const [step, n] of steps) {
          const msg = messages[n] ?? new Message();
          const isIn = model.includes(msg);
          if (step === 'shift') expect(queue.shift()).toBe(model.shift() ?? null);
          else if (step === 'push' && !isIn) model.push((queue.push(msg), msg));
          else if (step === 'unlink' && isIn)
            model = model.filter((other) => (other === msg ? queue.unlink(msg) : true));
          else expect(() => (step === 'push' ? queue.push(msg) : queue.unlink(msg))).toThrow('on');
          expect(queue.isEmpty).toBe(model.length === 0);
          for (const other of messages) expect((other.flags & MSGF.QUEUED) !== 0).toBe(model.includes(other));
        }
        expect(model.map(() => queue.shift())).toEqual(model);
        expect(queue.shift()).toBe(null);
      },
    ),
    { numRuns: 500 },
  );
});

test('a message leaves only the queue it is on', () => {
  const [one, two] = [new MessageQueue(), new MessageQueue()];
  const msg = new Message();
  one.push(msg);
  expect(() => two.unlink(msg)).toThrow('the message is not on this queue');
  expect(() => two.push(msg)).toThrow('the message is already on a queue');
  expect(one.shift()).toBe(msg);
});

test('QueuePort does what two arrays do, priority first', () => {
  const step = fc.tuple(fc.constantFrom('send', 'get', 'drop', 'unlink'), fc.nat(11));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const port = new QueuePort();
      const messages = Array.from(
        { length: 12 },
        (_, n) => new Message(new QueuePort(), MSGF.DROPABLE | (n % 3 === 0 ? MSGF.PRIORITY : 0)),
      );
      const model: { high: Message[]; normal: Message[] } = { high: [], normal: [] };
      for (const [op, n] of steps) {
        const msg = messages[n] ?? new Message();
        const list = n % 3 === 0 ? model.high : model.normal;
        const at = list.indexOf(msg);
        if (op === 'get') {
          const wanted = model.high.shift() ?? model.normal.shift() ?? null;
          expect(getMsg(port)).toBe(wanted);
          if (wanted !== null) wanted.flags |= MSGF.DONE;
        } else if (op === 'send') {
          if (at < 0) list.push((sendMsg(port, msg), msg));
          else expect(() => sendMsg(port, msg)).toThrow('the message is on the target queue');
        } else if (op === 'drop') {
          expect(dropMsg(msg)).toBe(at < 0 ? 'ENOENT' : 0);
          if (at >= 0) list.splice(at, 1);
        } else if (at >= 0) {
          msg.queue?.unlink(msg);
          msg.flags |= MSGF.DONE;
          list.splice(at, 1);
        }
      }
      for (const wanted of [...model.high, ...model.normal, null]) expect(getMsg(port)).toBe(wanted);
    }),
    { numRuns: 500 },
  );
});

test('unlinking from the middle does not depend on the length', () => {
  const queue = new MessageQueue();
  const messages = Array.from({ length: 100_000 }, () => new Message());
  for (const msg of messages) queue.push(msg);
  const step = 7919; // prime to the length: the order is scattered over the whole queue
  for (let i = 0, at = 0; i < messages.length; i += 1, at = (at + step) % messages.length) {
    const msg = messages[at];
    if (msg !== undefined) queue.unlink(msg);
  }
  expect(queue.isEmpty).toBe(true);
});
