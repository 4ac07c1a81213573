import { changedFiles, skippedEntries } from './changes.ts';
import { digestOf, type PathKey } from './digest.ts';
import type { Pass } from './read-tree.ts';

export const PLACEMENTS = ['inline', 'thread', 'process'] as const;
export type Placement = (typeof PLACEMENTS)[number];

/** One row of the report. `direct` is the yardstick: plain node:fs in the client. */
export type Row = {
  files: number;
  bytes: number;
  digest: string;
  calls: number;
  wallMs: number;
  p50us: number;
  p99us: number;
  /** Where the code ran that touched the files. */
  pid: number;
  threadId: number;
};

export type TourResult = {
  dir: string;
  rows: Record<'direct' | Placement, Row>;
  skipped: [PathKey, string][];
  changed: PathKey[];
  /** All digests are the same. */
  agree: boolean;
};

export function tourResult(dir: string, passes: Record<'direct' | Placement, Pass>): TourResult {
  const { direct, inline, thread, process } = passes;
  const all = [direct, inline, thread, process];
  const rows = { direct: row(direct), inline: row(inline), thread: row(thread), process: row(process) };
  return {
    dir,
    rows,
    skipped: skippedEntries(all),
    changed: changedFiles(all),
    agree: Object.values(rows).every(({ digest }) => digest === rows.direct.digest),
  };
}

function row(pass: Pass): Row {
  const [p50us = 0, p99us = 0] = pass.latencies.percentiles(50, 99);
  return {
    files: pass.files.size,
    bytes: pass.bytes,
    digest: digestOf(pass.files),
    calls: pass.latencies.count,
    wallMs: round(pass.wallMs),
    p50us: round(p50us),
    p99us: round(p99us),
    ...pass.where,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
