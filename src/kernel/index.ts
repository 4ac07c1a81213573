export { Kernel } from './kernel.ts';
export type { NameSnapshot, PortSnapshot, Snapshot, TaskSnapshot } from './inspect.ts';
export { RULES } from './rules.ts';
export type { Rules } from './rules.ts';
export { HANDLERS } from './traps.ts';
export type { Handlers } from './traps.ts';
export * from './types.ts';
