export type { SleepEffect } from './sleep/types.ts';
export { RULES } from './rules.ts';
export type { State, VmLimits } from './state.ts';
export * from './types.ts';
export { HANDLERS } from './receive/table.ts';
export { Vm } from './vm.ts';
