import { DISP } from '../../src/kernel/index.ts';
import { type Message, MsgPort } from '../../src/msgport/index.ts';
import type { Code } from '../../src/errors.ts';
import { type ReceiveRight, SendRight, type Task } from '../../src/task/index.ts';
import type { Rig } from './rig.ts';

export type Pair = { client: Task; server: Task; port: ReceiveRight; right: SendRight };

/** Two tasks, one with a send right to a port of the other. With `serve` that port answers on the spot. */
export async function pairOf(rig: Rig, serve?: (msg: Message) => Code): Promise<Pair> {
  rig.grants = {};
  const server = await rig.task('server');
  const port = server.allocate({ label: 'the port', qlimit: 100 });
  if (serve !== undefined) port.serve(new Answering(serve));
  const { name } = port;
  await server.calls.call('port_type', { name });
  rig.grants = { bootstrap: { from: server.welcome.task, right: { disp: DISP.MAKE_SEND, name } } };
  const client = await rig.task('client');
  rig.grants = {};
  const right = client.arrive({ disp: DISP.MOVE_SEND, name: client.welcome.bootstrap });
  if (!(right instanceof SendRight)) throw new TypeError('a send right was granted');
  return { client, server, port, right };
}

class Answering extends MsgPort {
  readonly #answer: (msg: Message) => Code;

  constructor(answer: (msg: Message) => Code) {
    super();
    this.#answer = answer;
  }

  override put(msg: Message): Code {
    if ('take' in msg && typeof msg.take === 'function') msg.take();
    return this.#answer(msg);
  }
}
