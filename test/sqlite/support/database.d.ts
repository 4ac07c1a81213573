import type { Disk } from './real-tool.ts';

export type Value = string | number | bigint | Uint8Array | null;

export type Database = {
  /** Runs the statements, once for each array of parameters; answers all rows. */
  run(sql: string, ...parameters: (readonly Value[])[]): Promise<Value[][]>;
  close(): Promise<void>;
};

export function openDatabase(disk: Disk): Promise<Database>;
export function exportDatabase(disk: Disk): Promise<Buffer>;
