export { Kernel } from './kernel.ts';
export type { Snapshot } from './inspect.ts';
export { RULES } from './rules.ts';
export { HANDLERS } from './traps.ts';
export * from './types.ts';
