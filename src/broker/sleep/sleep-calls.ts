import type { Code } from '../../errors.ts';
import { DEAD_NAME, NULL_NAME, type TaskId } from '../../kernel/index.ts';
import { decodeFields, type Frame, type KernelCall } from '../../wire/index.ts';
import type { Broker } from '../broker.ts';
import type { VmCalls } from '../memory/vm-calls.ts';
import type { Key } from './idents.ts';

export type SleepCall = Extract<KernelCall, `sleep_${string}`>;

export function isSleepCall(kind: KernelCall): kind is SleepCall {
  return kind.startsWith('sleep_');
}

type Answer = (code: Code, reply?: object) => void;

/** `vm`: the memory calls of the task, for a word's page comes in first. */
type From = { broker: Broker; vm: () => VmCalls | undefined };

/** What a task may ask about what it shares with others to sleep on. */
export function handleSleepCall(kind: SleepCall, frame: Frame, task: TaskId, from: From, answer: Answer): void {
  handle(kind, frame, task, from, answer);
  // Not before it is known who waits for what: a pager may answer while it is told.
  from.broker.memory?.carryOut();
}

function handle(kind: SleepCall, frame: Frame, task: TaskId, from: From, answer: Answer): void {
  const { sleeps } = from.broker;
  switch (kind) {
    case 'sleep_ident':
      return open(frame, task, from, answer);
    case 'sleep_prepare':
      return sleeps.prepare(task, decodeFields(kind, frame.body), answer);
    case 'sleep_asleep':
      sleeps.asleep(task, decodeFields(kind, frame.body).sleeper);
      return answer(0);
    case 'sleep_remove':
      sleeps.remove(task, decodeFields(kind, frame.body).sleeper);
      return answer(0);
    case 'sleep_wakeup':
      return sleeps.wakeup(task, decodeFields(kind, frame.body), answer);
    case 'sleep_forget':
      return answer(sleeps.forget(task, decodeFields(kind, frame.body).ident));
  }
}

function open(frame: Frame, task: TaskId, { broker, vm }: From, answer: Answer): void {
  const { name, address } = decodeFields('sleep_ident', frame.body);
  const openKey = (key: Key): void => {
    const opened = broker.sleeps.open(task, key);
    if ('code' in opened) return answer(opened.code);
    const { ident, word, fd } = opened;
    return answer(0, { ident, word, fd, pid: process.pid });
  };
  if (name === DEAD_NAME) return answer('MACH_SEND_INVALID_DEST');
  if (name !== NULL_NAME) {
    const watched = broker.kernel.watch(task, name);
    return 'code' in watched ? answer(watched.code) : openKey(watched);
  }
  const [calls, { memory }] = [vm(), broker];
  if (calls === undefined || memory === null) return answer('KERN_FAILURE');
  return calls.touch(frame, task, address, (code) => {
    const key = code === 0 ? memory.vm.sleeps.keyOf(task, address) : code;
    return typeof key === 'string' ? answer(key) : openKey(key);
  });
}
