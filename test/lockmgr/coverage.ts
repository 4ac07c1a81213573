import type { HolderState } from '../../src/lockmgr/index.ts';
import { ACQUIRES, FLAGS, OTHERS, subsets } from './histories.ts';

const STATES: readonly HolderState[] = [
  'free',
  'shared',
  'wanted',
  'upgrading',
  'own',
  'recursed',
  'other',
  'disowned',
];

/** How often each request was made, in each state, with each set of modifiers. */
export class Coverage {
  readonly #cells = new Map<string, number>();

  count(kind: string, state: HolderState, flags: readonly string[]): void {
    const cell = nameOf(kind, state, flags);
    this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + 1);
  }

  /** Of all there are: those that never came up. */
  get missing(): string[] {
    return allCells().filter((cell) => !this.#cells.has(cell));
  }

  /** A table: how many of each row's cells came up, and how often altogether. */
  print(): string {
    const rows = [...ACQUIRES, ...OTHERS].map((kind) => [kind, ...STATES.map((state) => this.#summary(kind, state))]);
    return [['', ...STATES], ...rows].map((row) => row.map((cell) => cell.padEnd(17)).join('')).join('\n');
  }

  #summary(kind: string, state: HolderState): string {
    const cells = cellsOf(kind, state);
    const times = cells.map((cell) => this.#cells.get(cell) ?? 0);
    return `${times.filter((count) => count > 0).length}/${cells.length} ×${times.reduce((sum, count) => sum + count, 0)}`;
  }
}

function allCells(): string[] {
  return [...ACQUIRES, ...OTHERS].flatMap((kind) => STATES.flatMap((state) => cellsOf(kind, state)));
}

function cellsOf(kind: string, state: HolderState): string[] {
  const isAcquire = ACQUIRES.some((one) => one === kind);
  return (isAcquire ? subsets(FLAGS) : [[]]).map((flags) => nameOf(kind, state, flags));
}

function nameOf(kind: string, state: HolderState, flags: readonly string[]): string {
  return `${kind}, ${state}${flags.map((flag) => `+${flag}`).join('')}`;
}
