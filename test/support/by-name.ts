import { DISP, type MsgResult, type Name, type ReceivedMessage, RIGHT, type System } from 'easync';

type Task = System['task'];
type Right = { disp: number; name: Name };

/** A new port of the task, and a send right for it under the same name. */
export async function port({ traps }: Task, qlimit = 5): Promise<Name> {
  const { name } = await traps.port_allocate(RIGHT.RECEIVE);
  await traps.port_insert_right(0, name, name, DISP.MAKE_SEND);
  await traps.port_set_qlimit(name, qlimit);
  return name;
}

export function to(name: Name, disp: number = DISP.COPY_SEND): Right {
  return { disp, name };
}

/** A reply right that is made for this message. */
export function once(name: Name): Right {
  return { disp: DISP.MAKE_SEND_ONCE, name };
}

/** The message that must have come. */
export function messageOf({ code, message }: MsgResult): ReceivedMessage {
  if (message === undefined) throw new Error(`no message came: ${code}`);
  return message;
}
