import { IpcError, ProtocolError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Link } from '../link/link.ts';
import { decodeFields, decodeFrame, encodeFields, encodeHead, type Fields, MESSAGES, PROTOCOL } from '../wire/index.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { TaskOptions } from './task.ts';

export type Welcome = Fields<'welcome'>;

/** Says hello and waits to be welcomed; from then on frames go to the dispatcher. `onEnd` runs once, after a welcome. */
export function handshake(
  host: Host,
  link: Link,
  options: TaskOptions,
  dispatcher: Dispatcher,
  onEnd: (error?: Error) => void,
): Promise<Welcome> {
  return new Promise((resolve, reject) => {
    let welcomed = false;
    const tooLate = host.timer(options.limits.handshakeMs, () => {
      reject(new IpcError('ENOBROKER', `the broker did not answer hello within ${options.limits.handshakeMs} ms`));
      link.destroy();
    });
    link.start({
      onFrame(buffer, memory) {
        const frame = decodeFrame(buffer, options.limits, memory);
        if (welcomed) return dispatcher.onFrame(frame);
        switch (frame.header.kind) {
          case MESSAGES.welcome.id:
            welcomed = true;
            tooLate[Symbol.dispose]();
            return resolve(decodeFields('welcome', Buffer.from(frame.body)));
          case MESSAGES.refuse.id:
            return reject(refusal(frame.body));
          default:
            throw new ProtocolError(`the broker answered hello with a message of kind ${frame.header.kind}`);
        }
      },
      onClose(error) {
        tooLate[Symbol.dispose]();
        if (welcomed) onEnd(error);
        else
          reject(
            new IpcError('ENOBROKER', 'the broker closed the link before it welcomed this task', { cause: error }),
          );
      },
    });
    link.send(
      encodeHead({ kind: MESSAGES.hello.id }),
      encodeFields('hello', { ...PROTOCOL, pid: options.pid, threadId: options.threadId, label: options.label }),
    );
  });
}

/** Why the broker drops this task. */
export function refusal(body: Buffer): IpcError {
  const { code, reason } = decodeFields('refuse', body);
  return new IpcError(code === 0 || code === 'blocked' || code === 'waiting' ? 'EPROTOCOL' : code, reason);
}
