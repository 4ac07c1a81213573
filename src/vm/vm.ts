import type { Code } from '../errors.ts';
import { COPY_STRATEGY, VM_PROT } from '../wire/index.ts';
import { overlapping, protectRange, regionAt, regionsOf, removeRange, resolve } from './address-map.ts';
import { evictPage } from './cache.ts';
import { leaveUnmapped } from './futex/leave.ts';
import { drained } from './futex/wait.ts';
import { Futexes } from './futexes.ts';
import { answer, begin, dropCall, endCall, recheck } from './calls.ts';
import { inspect } from './inspect.ts';
import { type Machine, NO_WORDS, type Words } from './machine.ts';
import { KEEPER_ROWS, type KeeperRows, MASTER_ROWS, type MasterRows } from '../lock/index.ts';
import { type Mapped, type Mapping, mapObject } from './map-object.ts';
import { listAgain } from './pages.ts';
import { isProtection, pagesAround } from './range.ts';
import { arrive, portDied } from './receive/arrive.ts';
import { type Handlers, HANDLERS } from './receive/table.ts';
import { lost, revoked } from './reported.ts';
import { type Rules, RULES } from './rules.ts';
import { settle } from './settle.ts';
import { tellRoom } from './sleep/wakeups.ts';
import { Sleeps } from './sleeps.ts';
import { stateKey } from './state-key.ts';
import { newObject, newState } from './new-state.ts';
import type { State, VmLimits } from './state.ts';
import type { Access, Effect, FromPager, ObjectId, Page, RegionInfo, TaskId, VmSnapshot } from './types.ts';

type Range = { address: number; size: number };

/**
 * The kernel's side of memory objects (pager.md §1) as a synchronous state machine: calls of tasks, messages of pagers and words of
 * the host come in, and what has to happen is left in a list of effects. No clock, no randomness, no I/O, and no byte of memory.
 */
export class Vm {
  readonly #m: Machine;
  readonly futexes: Futexes;
  readonly sleeps: Sleeps;

  /** Tests replace single handlers or rules, to show that they would notice; `state` goes on from where another one was. */
  constructor(
    limits: VmLimits,
    replaced: {
      handlers?: Partial<Handlers>;
      rules?: Partial<Rules>;
      keeperRows?: Partial<KeeperRows>;
      masterRows?: Partial<MasterRows>;
    } = {},
    state: State = newState(),
    words: Words = NO_WORDS,
  ) {
    this.#m = {
      limits,
      rules: { ...RULES, ...replaced.rules },
      handlers: { ...HANDLERS, ...replaced.handlers },
      keeperRows: { ...KEEPER_ROWS, ...replaced.keeperRows },
      masterRows: { ...MASTER_ROWS, ...replaced.masterRows },
      words,
      state,
    };
    this.futexes = new Futexes(this.#m);
    this.sleeps = new Sleeps(this.#m);
  }

  /** Memory of the task's own, zeros at first. Codes as `map`'s. */
  allocate(task: TaskId, { address, size, anywhere }: Range & { anywhere: boolean }): { code: Code; address: number } {
    const protection = VM_PROT.READ | VM_PROT.WRITE;
    const mapping = { address, size, anywhere, mask: 0, object: null, offset: 0, copy: false };
    const mapped = this.map(task, 0, { ...mapping, protection, maximum: VM_PROT.ALL });
    return { code: mapped.code === 'waiting' ? 0 : mapped.code, address: mapped.address };
  }

  /**
   * Maps an object (null: zeros). Only a copy can make it wait: then `done` follows, and `address` counts if its code is 0.
   * `KERN_INVALID_ARGUMENT`: not aligned, no size, no such object, more than `objectBytes`, protection beyond the maximum.
   * `KERN_NO_SPACE`: taken, or no room left. `KERN_RESOURCE_SHORTAGE`: `mappedBytesPerTask`, `regionsPerTask`, `objects`.
   */
  map(task: TaskId, call: number, mapping: Mapping): Mapped {
    return mapObject(this.#m, task, call, mapping);
  }

  /** Calls of the task that wait for a page there end with `KERN_INVALID_ADDRESS`. */
  deallocate(task: TaskId, { address, size }: Range): { code: Code } {
    const range = pagesAround(this.#m, address, size);
    if (range === null) return { code: 'KERN_INVALID_ARGUMENT' };
    const objects = overlapping(regionsOf(this.#m.state, task), range.address, range.size).map(({ object }) => object);
    const code = range.size === 0 ? 0 : removeRange(this.#m, task, range.address, range.size);
    if (code === 0) leaveUnmapped(this.#m, task, new Set(objects));
    return this.#changed(task, code);
  }

  /** `KERN_INVALID_ADDRESS` over a hole, `KERN_PROTECTION_FAILURE` beyond the maximum, which only ever gets less. */
  protect(
    task: TaskId,
    { address, size, setMaximum, protection }: Range & { setMaximum: boolean; protection: Access },
  ): { code: Code } {
    const range = pagesAround(this.#m, address, size);
    if (range === null || !isProtection(protection)) return { code: 'KERN_INVALID_ARGUMENT' };
    const code = range.size === 0 ? 0 : protectRange(this.#m, task, { ...range, setMaximum, protection });
    return this.#changed(task, code);
  }

  /** Transfers come as effects, page by page as they come. `KERN_INVALID_ADDRESS`, `KERN_PROTECTION_FAILURE`: then nothing does. */
  read(task: TaskId, call: number, range: Range): { code: Code | 'waiting' } {
    return this.#access(task, call, range, VM_PROT.READ);
  }

  /** The same. What is written is there for all who map the object as each transfer is made. */
  write(task: TaskId, call: number, range: Range): { code: Code | 'waiting' } {
    return this.#access(task, call, range, VM_PROT.WRITE);
  }

  /** The region that the address is in, or the next above; null behind the last. */
  region(task: TaskId, address: number): RegionInfo | null {
    const region = regionAt(this.#m, task, address);
    return region === undefined ? null : { ...region };
  }

  /** The caller has gone or gives up: nothing more is said of the call. */
  cancel(call: number): void {
    const record = this.#m.state.calls.get(call);
    if (record !== undefined) dropCall(this.#m, record, false);
    settle(this.#m);
  }

  /** It has waited for too long. */
  expire(call: number): void {
    const record = this.#m.state.calls.get(call);
    // Who has its page and waits for a lock or a wakeup waits for other tasks, and not for the pager.
    const isWithTasks = record?.waiters.size === 0 && (record.futex?.phase ?? 'register') !== 'register';
    if (record !== undefined && !isWithTasks) endCall(this.#m, record, 'KERN_MEMORY_ERROR');
    settle(this.#m);
  }

  /** For a port that is not known yet, or was forgotten. What is not mapped in the same turn is never heard of by its pager. */
  createObject(): ObjectId {
    return newObject(this.#m.state, 'new', false, this.#m.limits.objectBytes).id;
  }

  /** What came on the object's control port. While an earlier message waits for a page in use, it waits behind that. */
  receive(object: ObjectId, message: FromPager): void {
    arrive(this.#m, object, message);
    settle(this.#m);
  }

  /** A message would have to wait: it may as well wait where its sender is charged for it. The end of an object waits for some itself. */
  isBusy(object: ObjectId): boolean {
    const found = this.#m.state.objects.get(object);
    return found !== undefined && found.current !== null && found.status !== 'terminating';
  }

  /** Its port, which its pager keeps, is free for another object. */
  isDestroyed(object: ObjectId): boolean {
    return this.#m.state.objects.get(object)?.status === 'destroyed';
  }

  /** The object's port is dead; everything it sent before has been received. */
  pagerDied(object: ObjectId): void {
    portDied(this.#m, object);
    settle(this.#m);
  }

  /** Answers a `revoke`: no task is in the middle of what it forbids. `dirty`: some task has written since the last answer. */
  revoked(object: ObjectId, page: Page, dirty: boolean): void {
    revoked(this.#m, object, page, dirty);
    settle(this.#m);
  }

  /** The host could not put the page's bytes into memory: who wants them asks anew, if they are anywhere else. */
  lost(object: ObjectId, page: Page): void {
    lost(this.#m, object, page);
    settle(this.#m);
  }

  /** The host wants this page's memory: it goes as if the cache were full. */
  evict(object: ObjectId, page: Page): void {
    const found = this.#m.state.objects.get(object);
    if (found !== undefined) evictPage(this.#m, found, page);
    settle(this.#m);
  }

  /** Whether kernel-made objects can be backed: without that their changed pages stay. */
  setDefaultPager(present: boolean): void {
    const { state } = this.#m;
    state.defaultPager = present;
    for (const object of state.objects.values()) if (object.status === 'internal') listAgain(this.#m, object);
    settle(this.#m);
  }

  /**
   * Whether the object's pager leaves lie what went back to it. Meanwhile nothing more is evicted to it, and who would change one page
   * too many for the room that such pages may take waits, as do those who wake sleepers of other kernels.
   */
  setCongested(object: ObjectId, congested: boolean): void {
    const found = this.#m.state.objects.get(object);
    if (found === undefined || found.congested === congested) return;
    found.congested = congested;
    if (!congested) {
      drained(this.#m, found);
      tellRoom(this.#m, found);
    }
    listAgain(this.#m, found);
    settle(this.#m);
  }

  /** All that it mapped is unmapped, and its calls vanish without a word. */
  taskEnded(task: TaskId): void {
    for (const call of this.#m.state.calls.values()) if (call.task === task) dropCall(this.#m, call, true);
    const regions = [...regionsOf(this.#m.state, task)];
    for (const { address, size } of regions) removeRange(this.#m, task, address, size);
    leaveUnmapped(this.#m, task, new Set(regions.map(({ object }) => object)));
    settle(this.#m);
  }

  /** What the calls since the last time ask the host to do, in order. */
  takeEffects(): Effect[] {
    const { effects } = this.#m.state;
    this.#m.state.effects = [];
    return effects;
  }

  /** What `memory_object_get_attributes` answers. */
  attributes(object: ObjectId): { ready: boolean; mayCache: boolean; copyStrategy: number } {
    const found = this.#m.state.objects.get(object);
    const { status, mayCache, copyStrategy } = found ?? {
      status: 'new',
      mayCache: false,
      copyStrategy: COPY_STRATEGY.NONE,
    };
    return { ready: status === 'ready', mayCache, copyStrategy };
  }

  inspect(): VmSnapshot {
    return inspect(this.#m);
  }

  /** A copy of all it knows, for another one to go on from. */
  save(): State {
    return structuredClone(this.#m.state);
  }

  /** Two that have the same do the same from here on. */
  snapshotKey(): string {
    return stateKey(this.#m.state);
  }

  #access(task: TaskId, call: number, { address, size }: Range, access: Access): { code: Code | 'waiting' } {
    const pieces = resolve(this.#m, task, address, size, access);
    if (typeof pieces === 'string') return { code: pieces };
    if (pieces.length === 0) return { code: 0 };
    const waiting = begin(this.#m, { id: call, task, address, size, access }, pieces);
    settle(this.#m);
    return { code: answer(this.#m, waiting) };
  }

  #changed(task: TaskId, code: Code): { code: Code } {
    if (code === 0) recheck(this.#m, task);
    settle(this.#m);
    return { code };
  }
}
