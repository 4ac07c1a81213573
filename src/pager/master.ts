import { COPY_STRATEGY, type KernelXpKind } from '../wire/index.ts';
import { readAheadOf } from './ahead.ts';
import { nextId } from './core.ts';
import type { Core } from './core.ts';
import { advance } from './grant.ts';
import { advanceJobs, change, flushed, setAttributes, sync } from './jobs.ts';
import { leave } from './leave.ts';
import { HANDLERS } from './messages.ts';
import type { Handlers } from './messages.ts';
import { RULES } from './rules.ts';
import type { Rules } from './rules.ts';
import { joinWanted } from './runs.ts';
import { newState } from './state.ts';
import type { Effect, FromKernel, KernelId, MasterOptions, State } from './state.ts';
import { readDone, written } from './store.ts';

const DEFAULTS: MasterOptions = {
  pageSize: 4096,
  size: Number.POSITIVE_INFINITY,
  readOnly: false,
  mayCache: true,
  copyStrategy: COPY_STRATEGY.NONE,
  readAhead: 32,
};

/** What a kernel says before, or after, it has the object. */
const FROM_STRANGERS: ReadonlySet<string> = new Set<KernelXpKind>([
  'memory_object_init',
  'memory_object_create',
  'memory_object_change_completed',
  'memory_object_terminate',
]);

/**
 * The pager's side of one memory object that several kernels have mapped (pager.md §1.3): who may have which page, in what order
 * requests are granted, and what must have come back before. No clock, no I/O, no promises: the same calls give the same effects.
 */
export class Master {
  readonly #core: Core;

  /** Tests replace single handlers or rules, to show that they would notice. */
  constructor(
    options: Partial<MasterOptions> = {},
    replaced: { handlers?: Partial<Handlers>; rules?: Partial<Rules> } = {},
  ) {
    const all = { ...DEFAULTS, ...options };
    this.#core = {
      state: newState(all),
      options: all,
      rules: { ...RULES, ...replaced.rules },
      handlers: { ...HANDLERS, ...replaced.handlers },
      effects: [],
    };
  }

  /** A message of this kernel about the object, in the order it came. Whose `change_completed` it is does not matter. */
  receive(kernel: KernelId, message: FromKernel): void {
    const core = this.#core;
    const handler = core.handlers[message.kind] as (core: Core, kernel: KernelId, message: FromKernel) => string | null;
    const known = FROM_STRANGERS.has(message.kind) || core.state.kernels.has(kernel);
    const why = known ? handler(core, kernel, message) : 'the kernel has not said init';
    if (why !== null) core.effects.push({ type: 'refused', kernel, kind: message.kind, why });
    this.#settle();
  }

  /** Its control port is dead; all that it sent before has been received (R0.6). */
  kernelDied(kernel: KernelId): void {
    leave(this.#core, kernel, true);
    this.#settle();
  }

  /** Fewer bytes than asked for: the rest is zero. `unavailable`: there is nothing at all. */
  readDone(id: number, result: Uint8Array | 'unavailable' | 'error'): void {
    readDone(this.#core, id, result);
    this.#settle();
  }

  written(id: number, ok: boolean): void {
    written(this.#core, id, ok);
    this.#settle();
  }

  flushed(job: number, ok: boolean): void {
    flushed(this.#core, job, ok);
    this.#settle();
  }

  /** What the kernels have changed is returned, stored and flushed: `done` with the number that this answers. */
  sync(): number {
    return this.#begin((job) => sync(this.#core, job));
  }

  /** The data of this range changed behind the pager. Done when no kernel has the old any more. */
  change(offset: number, length: number): number {
    return this.#begin((job) => change(this.#core, job, offset, length));
  }

  setAttributes(mayCache: boolean, copyStrategy: number): number {
    return this.#begin((job) => setAttributes(this.#core, job, mayCache, copyStrategy));
  }

  /** Bytes of the object from now on. */
  setSize(size: number): void {
    this.#core.state.size = size;
  }

  /** The object is no more: the kernels say `terminate`, and return nothing. */
  destroy(reason: number): void {
    for (const kernel of this.#core.state.kernels.keys()) {
      this.#core.effects.push({ type: 'send', kernel, message: { kind: 'memory_object_destroy', reason } });
    }
  }

  /** What the calls since the last time ask for, in order. Until then requests, reads and recalls of neighbours are joined. */
  takeEffects(): Effect[] {
    const { wantedAhead } = this.#core.state;
    this.#core.state.wantedAhead = [];
    readAheadOf(this.#core, wantedAhead);
    this.#settle();
    joinWanted(this.#core);
    const { effects } = this.#core;
    this.#core.effects = [];
    return effects;
  }

  /** For tests and `inspect`; not to be changed. */
  get state(): Readonly<State> {
    return this.#core.state;
  }

  snapshot(): State {
    return structuredClone(this.#core.state);
  }

  /** Back to a snapshot; effects that were not taken are dropped. */
  restore(state: State): void {
    this.#core.state = structuredClone(state);
    this.#core.effects = [];
  }

  /** Equal for equal states, whatever came before. */
  key(): string {
    return JSON.stringify(this.#core.state, (_name, value: unknown) => {
      if (value instanceof Set) return [...value].toSorted((a, b) => Number(a) - Number(b));
      if (value instanceof Map) return [...value].toSorted(([a], [b]) => Number(a) - Number(b));
      if (value instanceof Uint8Array)
        return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
      return value;
    });
  }

  #begin(start: (job: number) => void): number {
    const job = nextId(this.#core);
    start(job);
    this.#settle();
    return job;
  }

  #settle(): void {
    const { state } = this.#core;
    // More are stirred on the way.
    for (const id of state.stirred) {
      state.stirred.delete(id);
      const request = state.requests.get(id);
      if (request !== undefined) advance(this.#core, request);
    }
    advanceJobs(this.#core);
  }
}
