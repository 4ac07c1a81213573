import type { Limits } from '../limits.ts';
import type { Fifo } from './fifo.ts';
import type { Port, Space } from './records.ts';
import type { Rules } from './rules.ts';
import type { Effect, PortId, TaskId } from './types.ts';

/** The whole kernel: plain records that point at each other. Nothing outside of it is ever looked at. */
export type State = {
  readonly limits: Limits;
  readonly rules: Rules;
  readonly spaces: Map<TaskId, Space>;
  nextTask: TaskId;
  nextPort: PortId;
  /** Counts dead-name requests. */
  nextRequest: number;
  /** What the host still has to carry out. */
  effects: Effect[];
  /** Ports that may be able to hand out a message; `settle` visits them at the end of each call. */
  readonly stirred: Port[];
  /** Ports whose receive right was destroyed with the message that carried it; `settle` ends them, one after the other. */
  readonly doomed: Fifo<Port>;
};
