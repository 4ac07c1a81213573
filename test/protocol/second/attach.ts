import { Reader, Writer } from './bytes.ts';
import { deferred } from './deferred.ts';
import { KIND } from './kinds.ts';
import { type Frame, Link } from './link.ts';

export type Attached = { link: Link; /** What a task starts with. */ names: Names };
export type Names = {
  /** No name: the task's number. */ task: number;
  taskPort: number;
  bootstrap: number;
  host: number;
};
type Events = { onFrame: (frame: Frame) => void; onEnd: (why: string) => void };

/** Connects, says hello, and waits to be welcome. */
export async function attach(path: string, label: string, { onFrame, onEnd }: Events): Promise<Attached> {
  const welcome = deferred<Frame>();
  let why = 'the connection ended';
  const arrived = (frame: Frame): void => {
    if (frame.kind === KIND.welcome) welcome.resolve(frame);
    else if (frame.kind === KIND.refuse) why = refusal(frame);
    else onFrame(frame);
  };
  const link = await Link.connect(path, arrived, () => {
    welcome.reject(new Error(why));
    onEnd(why);
  });
  const hello = new Writer().u16(1).u16(2).u32(process.pid).u32(0).str(label);
  link.send({ kind: KIND.hello, body: hello.done() });
  const fields = new Reader((await welcome.promise).body);
  fields.take(2 + 2);
  const [task, taskPort, bootstrap, host] = [fields.u32(), fields.u32(), fields.u32(), fields.u32()];
  return { link, names: { task, taskPort, bootstrap, host } };
}

function refusal(frame: Frame): string {
  const fields = new Reader(frame.body);
  return `${fields.code()}: ${fields.str()}`;
}
