import type { Master } from './master.ts';
import type { Effect } from './state.ts';
import type { Store } from './store-api.ts';

export type StoreEffect = Extract<Effect, { type: 'read' | 'write' | 'flush' }>;

/** An author's store, and what becomes of what it throws. */
export class Stored {
  /** Why something could not be stored the last time. */
  lastError: unknown;
  readonly #store: Store;
  readonly #label: string;
  readonly #warn: (text: string) => void;

  constructor(store: Store, label: string, warn: (text: string) => void) {
    this.#store = store;
    this.#label = label;
    this.#warn = warn;
  }

  get size(): number {
    return this.#store.size;
  }

  /** Does what the machine asks for. Answers what it is to be told. */
  async carryOut(effect: StoreEffect): Promise<(master: Master) => void> {
    if (effect.type === 'read') {
      const data = await this.#read(effect.offset, effect.length);
      return (master) => master.readDone(effect.id, data);
    }
    if (effect.type === 'write') {
      const ok = await this.#write(effect.offset, effect.data);
      return (master) => master.written(effect.id, ok);
    }
    const ok = await this.#flush();
    return (master) => master.flushed(effect.job, ok);
  }

  invalid(offset: number, length: number): void {
    this.#tell(
      () => this.#store.onInvalid?.(offset, length),
      this.#store.onInvalid === undefined && `a broker died that could write from ${offset} to ${offset + length}`,
    );
  }

  async close(): Promise<void> {
    await this.#store.close?.();
  }

  async #read(offset: number, length: number): Promise<Uint8Array | 'unavailable' | 'error'> {
    const bytes = Math.min(length, this.size - offset);
    try {
      const data = await this.#store.read(offset, bytes);
      return data === null ? 'unavailable' : data.subarray(0, bytes);
    } catch (error) {
      this.#failed(error, 'read', offset, bytes);
      return 'error';
    }
  }

  /** What lies behind the end is nobody's. */
  async #write(offset: number, data: Uint8Array): Promise<boolean> {
    const bytes = Math.min(data.length, this.size - offset);
    try {
      if (bytes > 0) await this.#store.write?.(offset, data.subarray(0, bytes));
      return true;
    } catch (error) {
      this.#failed(error, 'write', offset, bytes);
      return false;
    }
  }

  async #flush(): Promise<boolean> {
    try {
      await this.#store.flush?.();
      return true;
    } catch (error) {
      this.lastError = error;
      return false;
    }
  }

  #failed(error: unknown, op: 'read' | 'write', offset: number, length: number): void {
    if (op === 'write') this.lastError = error;
    this.#tell(
      () => this.#store.onError?.(error, { op, offset, length }),
      this.#store.onError === undefined && `the ${op} of ${length} bytes at ${offset} failed: ${String(error)}`,
    );
  }

  /** What an author's function throws must not keep the machine from its other effects. */
  #tell(author: () => void, otherwise: string | false): void {
    if (otherwise !== false) this.#warn(`${this.#label}: ${otherwise}`);
    try {
      author();
    } catch (error) {
      this.#warn(`${this.#label}: a function of its store threw: ${String(error)}`);
    }
  }
}
