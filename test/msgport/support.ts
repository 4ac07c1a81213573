import {
  DirectPort,
  Message,
  MSGF,
  type MsgPort,
  QueuePort,
  replyMsg,
  ReplyPort,
  sendMsg,
} from '../../src/msgport/index.ts';

/** A message in each state of the table of lwkt.md §1.2 that code outside an agent can meet, and its flags there. */
export const STATES: Readonly<Record<string, { flags: number; make: () => Message }>> = {
  idle: { flags: MSGF.DONE, make: () => new Message(new QueuePort()) },
  'on the target queue': { flags: MSGF.QUEUED, make: queued },
  'being processed': { flags: 0, make: processing },
  'async reply waiting': { flags: MSGF.DONE | MSGF.REPLY | MSGF.QUEUED, make: replied },
  complete: { flags: MSGF.DONE | MSGF.REPLY, make: complete },
};

export const STATE_BITS = MSGF.DONE | MSGF.REPLY | MSGF.QUEUED;

/** A port that takes every message and does nothing with it. */
export function swallowing(taken: Message[] = []): MsgPort {
  return new DirectPort((msg) => {
    taken.push(msg);
    return 'EASYNC';
  });
}

export function message(flags = 0): Message {
  return new Message(new ReplyPort(), flags);
}

function queued(): Message {
  const msg = new Message(new QueuePort());
  sendMsg(new QueuePort(), msg);
  return msg;
}

function processing(): Message {
  const port = new QueuePort();
  const msg = new Message(new QueuePort());
  sendMsg(port, msg);
  port.get();
  return msg;
}

function replied(): Message {
  const msg = processing();
  replyMsg(msg, 0);
  return msg;
}

function complete(): Message {
  const msg = replied();
  msg.replyPort?.get();
  return msg;
}
