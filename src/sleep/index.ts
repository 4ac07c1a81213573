export { CriticalGate, type Section } from './gate.ts';
export { SleepQueues } from './queues.ts';
export type { SleepQueue, Slot } from './types.ts';
