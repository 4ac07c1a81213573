import { readFileSync } from 'node:fs';
import { descendants } from '../../support/processes.ts';
import { within } from '../../support/until.ts';
import { RECORD, valuesOf } from '../fixtures/record.js';
import { mustEnd } from './events.ts';
import type { Access, Logged } from './history.ts';
import { type Ledger, SOON_MS } from './ledger.ts';

/** What its last pager has stored when it ends counts as read by somebody on a third broker. */
export async function closeMemory(ledger: Ledger, others: readonly number[]): Promise<string[]> {
  const left = await close(ledger, others);
  if (ledger.pager !== undefined) readStore(ledger, ledger.pager.life);
  return left;
}

/** Everybody leaves in good order. Answers what is left that should not be. */
export async function close<A extends Logged>(ledger: Ledger<A>, others: readonly number[]): Promise<string[]> {
  for (const { program } of ledger.tasks) program.kill('SIGTERM');
  for (const task of ledger.tasks) {
    await mustEnd(ledger, `task ${task.options.task}`, task.program);
    ledger.leaves(task);
  }
  const left: string[] = [];
  const { pager } = ledger;
  if (pager !== undefined) {
    left.push(...pager.leftovers());
    pager.program.kill('SIGTERM');
    await mustEnd(ledger, 'the pager', pager.program);
  }
  for (const broker of ledger.brokers.values()) {
    let leftovers: string[] = [];
    await within(SOON_MS, async () => (leftovers = await broker.leftovers()).length === 0);
    left.push(...leftovers);
    await broker.end();
    await mustEnd(ledger, broker.life, broker.program);
  }
  const processes = (): number[] => descendants(process.pid).filter((pid) => !others.includes(pid));
  await within(SOON_MS, () => processes().length === 0);
  return [...left, ...processes().map((pid) => `process ${pid}`), ...ledger.sockets];
}

function readStore(ledger: Ledger, life: number): void {
  const begin = ledger.now();
  const bytes = new Uint8Array(readFileSync(ledger.store));
  const reads = Array.from({ length: bytes.length / RECORD }, (_, place) => {
    const values = valuesOf(bytes.subarray(place * RECORD, (place + 1) * RECORD), place);
    return [place, ...values] as const;
  });
  const access: Access = { op: 1, kind: 'read', life, begin, end: ledger.now(), code: 0, reads };
  ledger.records.push({ task: 0, broker: 'the store', killed: false, accesses: [access] });
}
