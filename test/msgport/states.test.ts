import { describe, expect, test } from 'vitest';
import {
  beginMsg,
  checkMsg,
  doMsg,
  forwardMsg,
  initMsg,
  Message,
  MSGF,
  QueuePort,
  replyMsg,
  sendMsg,
  waitMsg,
} from '../../src/msgport/index.ts';
import { STATE_BITS, STATES, swallowing } from './support.ts';

// The state table of lwkt.md §1.2: who may do what when. Each operation has one precondition; everything else is refused.
const OPERATIONS: Record<string, { run: (msg: Message) => unknown; legalIn: readonly string[] }> = {
  initMsg: { run: (msg) => initMsg(msg, new QueuePort()), legalIn: ['idle', 'complete'] },
  beginMsg: { run: (msg) => beginMsg(swallowing(), msg), legalIn: ['idle', 'complete'] },
  doMsg: { run: (msg) => doMsg(swallowing(), msg), legalIn: ['idle', 'complete'] },
  sendMsg: { run: (msg) => sendMsg(swallowing(), msg), legalIn: ['idle', 'complete'] },
  forwardMsg: { run: (msg) => forwardMsg(swallowing(), msg), legalIn: ['being processed'] },
  replyMsg: { run: (msg) => replyMsg(msg, 0), legalIn: ['being processed'] },
};

describe.each(Object.entries(STATES))('a message that is %s', (state, { flags, make }) => {
  test('has the flags of its row', () => {
    expect(make().flags & STATE_BITS).toBe(flags);
  });

  test('is done, or not', () => {
    expect(checkMsg(make())).toBe((flags & MSGF.DONE) !== 0);
  });

  for (const [op, { run, legalIn }] of Object.entries(OPERATIONS)) {
    if (legalIn.includes(state)) {
      test(`can be given to ${op}`, () => {
        expect(() => run(make())).not.toThrow();
      });
    } else {
      test(`is refused by ${op}, by name, and stays as it is`, () => {
        const msg = make();
        expect(() => run(msg)).toThrow(
          expect.objectContaining({
            name: 'InvariantError',
            code: 'EMSGSTATE',
            op: expect.stringContaining(op === 'doMsg' ? 'beginMsg' : op),
            message: expect.stringContaining(`the message is ${state}`),
          }),
        );
        expect(msg.flags & STATE_BITS).toBe(flags);
      });
    }
  }
});

test('a reply under way may be touched by nobody', () => {
  const msg = new Message(new QueuePort());
  msg.flags = MSGF.REPLY;
  for (const { run } of Object.values(OPERATIONS)) {
    expect(() => run(msg)).toThrow('the message is reply under way');
  }
});

test.each(['beginMsg', 'doMsg', 'sendMsg'])('%s needs a reply port', (op) => {
  const msg = new Message();
  expect(() => OPERATIONS[op]?.run(msg)).toThrow('the message has no reply port; give it one with initMsg');
  expect(checkMsg(msg)).toBe(true);
});

test('replying twice is refused', () => {
  const msg = STATES['being processed']?.make() ?? new Message();
  replyMsg(msg, 0);
  expect(() => replyMsg(msg, 'EINTR')).toThrow('the message is async reply waiting, but must be being processed');
  expect(msg.error).toBe(0);
});

test('a second waiter is refused', async () => {
  const msg = STATES['being processed']?.make() ?? new Message();
  const wait = waitMsg(msg);
  expect(() => waitMsg(msg)).toThrow('somebody waits for this message already');
  replyMsg(msg, 'ENOENT');
  expect(await wait).toBe('ENOENT');
});

test('an agent that answers a code for a message it has kept, or answered, is told', () => {
  const keeper = new QueuePort();
  const liar = Object.assign(new QueuePort(), {
    put(msg: Message) {
      keeper.put(msg);
      return 0 as const;
    },
  });
  expect(() => sendMsg(liar, new Message(new QueuePort()))).toThrow('for a message it kept or had answered');
});

test('an agent that throws does not keep the message', () => {
  const broken = Object.assign(new QueuePort(), {
    put(): never {
      throw new RangeError('agent');
    },
  });
  const msg = new Message(new QueuePort());
  expect(() => beginMsg(broken, msg)).toThrow('agent');
  expect(checkMsg(msg)).toBe(true);
  expect(doMsg(new QueuePort(), msg)).toBeInstanceOf(Promise);
});
