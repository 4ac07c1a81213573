import { expect } from 'vitest';
import { DISP, NOTIFY, RIGHT } from '../../src/kernel/index.ts';
import { beginMsg, replyMsg, waitMsg } from '../../src/msgport/index.ts';
import { askNotification } from '../../src/task/calls/ask-notification.ts';
import { Call, deferred, SendRight } from '../../src/task/index.ts';
import { decodeBody, encodeBody } from '../../src/wire/body.ts';
import { decodeFields, encodeHead, MESSAGES } from '../../src/wire/index.ts';
import type { Peer } from '../broker/peer.ts';
import type { Arena } from './arena.ts';

/** Names of the peer's own: where others' calls come in, and where its own replies do. */
const SERVICE = 0x5000_0000;
const REPLIES = 0x5000_0001;
const TAG = 77;
const NONE = { disp: 0, name: 0 };

export type Duties = { areDone(): Promise<void>; areOver(): void };

/** What the peer is asked for, and asks for, before it floods. */
export async function takeOnDuties(arena: Arena, peer: Peer, task: number): Promise<Duties> {
  const { rig, bystanders } = arena;
  const { client, server } = bystanders;
  for (const name of [SERVICE, REPLIES]) peer.send('port_allocate_name', { right: RIGHT.RECEIVE, name });
  peer.send('serve', { name: SERVICE }, { callId: 1 });
  await peer.frame('result');

  // A call that it is to answer.
  const granted = rig.broker.kernel.grant(task, { disp: DISP.MAKE_SEND, name: SERVICE }, client.welcome.task);
  const toFlooder = client.arrive({ disp: DISP.MOVE_SEND, name: granted.name ?? 0 });
  if (!(toFlooder instanceof SendRight)) throw new TypeError('a send right was granted');
  const owed = new Call(1, 'are you there?');
  beginMsg(toFlooder, owed);
  const replyTo = (await peer.frame('deliver')).descriptors[1]?.name ?? 0;
  peer.send('taken', { port: SERVICE, count: 1 });

  // A right of which its maker wants to know when it is given up.
  const lent = server.allocate({ label: 'lent' });
  const borrowed = await arena.grant(task, DISP.MAKE_SEND, lent.name);
  const returned = deferred();
  askNotification(server, lent.name, { variant: NOTIFY.NO_SENDERS, sync: 0 }, () => returned.resolve());

  // A death that it wants to be told of.
  const doomed = server.allocate({ label: 'doomed' });
  const watched = await arena.grant(task, DISP.MAKE_SEND, doomed.name);
  const notify = { disp: DISP.MAKE_SEND_ONCE, name: SERVICE };
  peer.send('port_request_notification', { name: watched, variant: NOTIFY.DEAD_NAME, sync: 1, notify, tag: TAG });

  // A reply that it waits for.
  const asked = server.allocate({ label: 'asked' });
  const dest = { disp: DISP.COPY_SEND, name: await arena.grant(task, DISP.MAKE_SEND, asked.name) };
  const back = { disp: DISP.MAKE_SEND_ONCE, name: REPLIES };
  peer.raw(encodeHead({ kind: MESSAGES.send.id, callId: TAG, routine: 1 }, [dest, back]), encodeBody('a question'));
  const request = await asked.receive();
  let isAnswered = false;
  const answer = (): void => {
    if (!isAnswered) replyMsg(request, 0);
    isAnswered = true;
  };

  return {
    async areDone() {
      // Its reply to somebody else.
      const once = { disp: DISP.MOVE_SEND_ONCE, name: replyTo };
      peer.raw(encodeHead({ kind: MESSAGES.send.id }, [once, NONE]), encodeBody('I am'));
      expect(await waitMsg(owed)).toBe(0);
      expect(owed.result).toBe('I am');
      // What it releases.
      peer.send('port_deallocate', { name: borrowed });
      await returned.promise;
      // What it is told.
      doomed.destroy();
      const notified = await peer.find('notify', ({ callId }) => callId === TAG);
      expect(decodeFields('notify', notified.body)).toMatchObject({ id: NOTIFY.DEAD_NAME, port: SERVICE });
      // And somebody else's reply to it.
      request.result = 'an answer';
      answer();
      peer.send('serve', { name: REPLIES });
      const replied = await peer.find('deliver', ({ callId }) => callId === TAG);
      expect(decodeBody(replied.body)).toBe('an answer');
    },
    areOver() {
      answer();
      toFlooder.deallocate();
      for (const port of [lent, doomed, asked]) port.destroy();
    },
  };
}
