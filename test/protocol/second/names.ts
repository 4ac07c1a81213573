import { pack, unpack, type Value } from './msgpack.ts';
import type { Right } from './link.ts';
import type { Task } from './task.ts';

const COPY_SEND = 19;
const NUMBER = { checkIn: 3332469852, lookUp: 879192507 };
const PLAIN = 0;
const WITH_RIGHTS = 3;
const RIGHT = 1;

/** Gives a port a name that everybody can look up. */
export async function checkIn(task: Task, name: string, right: Right): Promise<void> {
  const body = packed(WITH_RIGHTS, [{ name, port: null }, [[RIGHT, ['port'], 0]]]);
  await task.rpc([COPY_SEND, task.names.bootstrap], { routine: NUMBER.checkIn, rights: [right], body });
}

/** The name of a send right to the port that `name` stands for; waits until there is one, unless told not to. */
export async function lookUp(task: Task, name: string, wait = true): Promise<number> {
  const body = packed(PLAIN, { name, wait });
  const reply = await task.rpc([COPY_SEND, task.names.bootstrap], { routine: NUMBER.lookUp, body });
  if (reply.body[0] !== WITH_RIGHTS) throw new Error('a reply that carries a right says where');
  const [, patches] = unpack(reply.body.subarray(1)) as [Value, [number, string[], number][]];
  const [kind, , descriptor] = patches[0] ?? [];
  const right = reply.rights[descriptor ?? 0];
  if (kind !== RIGHT || right === undefined) throw new Error('no right came');
  return right[1];
}

function packed(form: number, value: Value): Buffer {
  return Buffer.concat([Buffer.of(form), pack(value)]);
}
