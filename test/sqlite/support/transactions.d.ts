import type { Database } from './database.js';

export const ROWS: number;
export const STATES: number;

/** Makes the tables where there are none. */
export function prepare(db: Database): Promise<void>;
export function transact(db: Database, tx: number): Promise<void>;
