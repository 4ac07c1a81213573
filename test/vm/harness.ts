import type { Code } from '../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { VM_PROT } from '../../src/wire/index.ts';
import type { Access, Effect, FromPager, ObjectId, Page, TaskId, ToPager, VmLimits } from '../../src/vm/index.ts';
import type { Word } from '../../src/lock/index.ts';
import { HANDLERS, RULES, Vm } from '../../src/vm/index.ts';
import type { Words } from '../../src/vm/machine.ts';

/** Bytes of a page here: few, so that a test can spell them out. */
export const PAGE = 4;
export const LIMITS: VmLimits = { ...DEFAULT_LIMITS, pageBytes: PAGE, objectBytes: PAGE * 4096, cachePages: 64 };

export type Replaced = NonNullable<ConstructorParameters<typeof Vm>[1]>;
export type Sent = { object: ObjectId; message: ToPager; to?: ObjectId; bytes?: Uint8Array };
type CallState = { kind: 'read' | 'write' | 'map' | 'futex'; buffer: Uint8Array; code: Code | 'waiting' };
type Memory = { bytes: Map<Page, Uint8Array>; words: Map<Page, Access>; written: Set<Page> };

/** What of the machine is replaced, for a test that shows what would be noticed. */
export const broken: { by: Replaced } = { by: {} };

/** The host around a `Vm`: it has the bytes, the access words and the calls, and it logs what goes to pagers. */
export class Host {
  vm: Vm;
  /** Told of every effect, once it has been carried out. */
  onEffect: (effect: Effect) => void = () => undefined;
  readonly sent: Sent[] = [];
  /** What is pinned stays in use until the test unpins it: `revoked` waits for that. */
  readonly #pins = new Map<string, () => void>();
  readonly #calls = new Map<number, CallState>();
  readonly #memories = new Map<ObjectId, Memory>();
  readonly forgotten: ObjectId[] = [];
  readonly made: ObjectId[] = [];
  readonly waits: number[] = [];
  #nextCall = 1;

  /** The words of futexes, where the test gives tasks some. */
  readonly futexWords = new FutexWords();
  /** Grants of lock calls. */
  readonly gens = new Map<number, number>();

  constructor(limits: Partial<VmLimits> = {}, replaced: Replaced = broken.by) {
    this.vm = new Vm({ ...LIMITS, ...limits }, replaced, undefined, this.futexWords);
  }

  /** Carries out what the machine asks for, until it asks for nothing. */
  settle(): void {
    for (let effects = this.vm.takeEffects(); effects.length > 0; effects = this.vm.takeEffects()) {
      for (const effect of effects) {
        this.#carryOut(effect);
        this.onEffect(effect);
      }
    }
  }

  /** A new object, mapped by the task; its pager has been told. Answers its id and the address. */
  mapNew(task: TaskId, options: { pages?: number; offset?: number } = {}): { object: ObjectId; address: number } {
    const object = this.vm.createObject();
    return { object, address: this.map(task, object, options) };
  }

  map(task: TaskId, object: ObjectId | null, options: MapOptions = {}): number {
    const { call, address } = this.tryMap(task, object, options);
    const { code } = this.call(call);
    if (code !== 0) throw new Error(`map: ${code}`);
    return address;
  }

  tryMap(task: TaskId, object: ObjectId | null, options: MapOptions = {}): { call: number; address: number } {
    const { pages = 16, offset = 0, copy = false, protection = VM_PROT.ALL, maximum = VM_PROT.ALL } = options;
    const call = this.#begin('map', 0);
    const mapping = { address: 0, size: pages * PAGE, mask: 0, anywhere: true };
    const { code, address } = this.vm.map(task, call, { ...mapping, object, offset, copy, protection, maximum });
    if (address !== 0) options.mapped?.(this.vm.region(task, address)?.object ?? 0);
    return { call: this.#answered(call, code), address };
  }

  /** The same as `mapNew`, with a pager that has said `ready`. */
  ready(task: TaskId, options: { mayCache?: boolean; copyStrategy?: number; pages?: number } = {}): Mapped {
    const mapped = this.mapNew(task, options);
    const { mayCache = false, copyStrategy = 0 } = options;
    this.say(mapped.object, { kind: 'memory_object_ready', mayCache, copyStrategy });
    return { ...mapped, page: (page: Page) => mapped.address + page * PAGE };
  }

  read(task: TaskId, address: number, size = 1): number {
    const call = this.#begin('read', size);
    return this.#answered(call, this.vm.read(task, call, { address, size }).code);
  }

  write(task: TaskId, address: number, bytes: readonly number[]): number {
    const call = this.#begin('write', bytes.length);
    this.#callState(call).buffer.set(bytes);
    return this.#answered(call, this.vm.write(task, call, { address, size: bytes.length }).code);
  }

  /** A call on futexes: of a `wake` that mutates, with what it stores. */
  futex(begin: (futexes: Vm['futexes'], call: number) => Code | 'waiting', value = 0): number {
    const call = this.#begin('futex', 4);
    this.#callState(call).buffer[0] = value;
    return this.#answered(call, begin(this.vm.futexes, call));
  }

  lock(task: TaskId, address: number, noQueue = false): number {
    return this.futex((futexes, call) => futexes.lock(task, call, address, noQueue).code);
  }

  unlock(task: TaskId, address: number, gen = 0): Code {
    const { code } = this.vm.futexes.unlock(task, address, gen);
    this.settle();
    return code;
  }

  wait(task: TaskId, address: number, value: number, shared = true): number {
    const what = { v1: value, v2: 0, quad: false, shared };
    return this.futex((futexes, call) => futexes.wait(task, call, address, what).code);
  }

  wake(task: TaskId, address: number, more: { all?: boolean; shared?: boolean; store?: number } = {}): number {
    const { all = false, shared = true, store } = more;
    const what = { all, shared, mutates: store !== undefined };
    return this.futex((futexes, call) => futexes.wake(task, call, address, what).code, store);
  }

  /** How a call stands; of a read that is done, with its bytes. */
  call(call: number): { code: Code | 'waiting'; bytes: number[] } {
    const { code, buffer } = this.#callState(call);
    return { code, bytes: [...buffer] };
  }

  code(call: number): Code | 'waiting' {
    return this.call(call).code;
  }

  say(object: ObjectId, message: FromPager): void {
    this.vm.receive(object, message);
    this.settle();
  }

  supply(object: ObjectId, page: Page, bytes: readonly number[], more: Partial<Supply> = {}): void {
    const data = Uint8Array.from(bytes);
    const message = { reqId: 0, replyId: 0, offset: page * PAGE, lock: 0, precious: false, gen: 0, data, ...more };
    this.say(object, { kind: 'memory_object_data_supply', ...message });
  }

  lockRequest(object: ObjectId, page: Page, more: Partial<LockRequest> = {}): void {
    const nothing = { reqId: 9, answers: 0, shouldReturn: 0, shouldFlush: false, lock: VM_PROT.NO_CHANGE, gen: 0 };
    this.say(object, { kind: 'memory_object_lock_request', offset: page * PAGE, length: PAGE, ...nothing, ...more });
  }

  /** What has been sent since the last time, without the bytes. */
  take(): string[] {
    return this.sent.splice(0).map(({ message }) => message.kind.replace('memory_object_', ''));
  }

  takeSent(): Sent[] {
    return this.sent.splice(0);
  }

  /** A task's own access to a page that it maps, by its word; false if the word forbids it. */
  store(object: ObjectId, page: Page, at: number, byte: number): boolean {
    const memory = this.#memory(object);
    if (((memory.words.get(page) ?? 0) & VM_PROT.WRITE) === 0) return false;
    memory.written.add(page);
    this.#bytes(object, page)[at] = byte;
    return true;
  }

  load(object: ObjectId, page: Page, at: number): number | null {
    if (((this.#memory(object).words.get(page) ?? 0) & VM_PROT.READ) === 0) return null;
    return this.#bytes(object, page)[at] ?? 0;
  }

  word(object: ObjectId, page: Page): Access {
    return this.#memory(object).words.get(page) ?? 0;
  }

  /** A task is in the middle of an access. */
  pin(object: ObjectId, page: Page): void {
    this.#pins.set(`${object} ${page}`, () => undefined);
  }

  /** What began while the word permitted it goes on. */
  storePinned(object: ObjectId, page: Page, at: number, byte: number): void {
    if (!this.isPinned(object, page)) throw new Error('the page is not in use');
    this.#memory(object).written.add(page);
    this.#bytes(object, page)[at] = byte;
  }

  isPinned(object: ObjectId, page: Page): boolean {
    return this.#pins.has(`${object} ${page}`);
  }

  kindOf(call: number): CallState['kind'] {
    return this.#callState(call).kind;
  }

  bytesOf(object: ObjectId, page: Page): number[] {
    return [...this.#bytes(object, page)];
  }

  unpin(object: ObjectId, page: Page): void {
    const key = `${object} ${page}`;
    const revoked = this.#pins.get(key);
    this.#pins.delete(key);
    revoked?.();
    this.settle();
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect);
        break;
      case 'install':
        this.#memory(effect.object).bytes.set(effect.page, Uint8Array.from(effect.data ?? new Uint8Array(PAGE)));
        break;
      case 'allow': {
        const { words } = this.#memory(effect.object);
        if (((words.get(effect.page) ?? 0) & ~effect.access) !== 0) throw new Error('allow narrows');
        words.set(effect.page, effect.access);
        break;
      }
      case 'revoke':
        this.#revoke(effect.object, effect.page, effect.access);
        break;
      case 'discard': {
        const memory = this.#memory(effect.object);
        memory.bytes.delete(effect.page);
        memory.words.delete(effect.page);
        break;
      }
      case 'copy':
        this.#memory(effect.to).bytes.set(effect.toPage, Uint8Array.from(this.#bytes(effect.from, effect.fromPage)));
        break;
      case 'transfer': {
        const { kind, buffer } = this.#callState(effect.call);
        const page = this.#bytes(effect.object, effect.page).subarray(effect.at, effect.at + effect.bytes);
        const part = buffer.subarray(effect.bufferAt, effect.bufferAt + effect.bytes);
        if (kind === 'read') part.set(page);
        else page.set(part);
        break;
      }
      case 'locked':
        this.gens.set(effect.call, effect.gen);
        break;
      case 'compare':
        this.vm.futexes.compared(effect.call, this.#bytes(effect.object, effect.page)[effect.at] === effect.v1);
        break;
      case 'done':
        if (this.code(effect.call) !== 'waiting') throw new Error('a call is done twice');
        this.#callState(effect.call).code = effect.code;
        break;
      case 'waits':
        this.waits.push(effect.call);
        break;
      case 'make':
        this.made.push(effect.object);
        break;
      case 'forget':
        this.forgotten.push(effect.object);
        this.#memories.delete(effect.object);
        break;
      default:
        // About sleepers, which those who look at them hear of by `onEffect`.
        break;
    }
  }

  #send({ object, message, to }: Extract<Effect, { type: 'send' }>): void {
    const sent: Sent = { object, message };
    if (to !== undefined) sent.to = to;
    if (message.kind === 'memory_object_data_return' || message.kind === 'memory_object_data_initialize') {
      const first = message.offset / PAGE;
      const pages = Array.from({ length: message.length / PAGE }, (_, index) => this.#bytes(object, first + index));
      sent.bytes = Uint8Array.from(pages.flatMap((page) => [...page]));
    }
    this.sent.push(sent);
  }

  #revoke(object: ObjectId, page: Page, access: Access): void {
    const memory = this.#memory(object);
    if ((access & ~(memory.words.get(page) ?? 0)) !== 0) throw new Error('revoke widens');
    memory.words.set(page, access);
    const revoked = (): void => this.vm.revoked(object, page, memory.written.delete(page));
    const key = `${object} ${page}`;
    if (this.#pins.has(key)) this.#pins.set(key, revoked);
    else revoked();
  }

  #begin(kind: CallState['kind'], size: number): number {
    const call = this.#nextCall;
    this.#nextCall += 1;
    this.#calls.set(call, { kind, buffer: new Uint8Array(size), code: 'waiting' });
    return call;
  }

  /** A call's code counts once all that came with it has been carried out. */
  #answered(call: number, code: Code | 'waiting'): number {
    this.settle();
    if (code !== 'waiting') this.#callState(call).code = code;
    return call;
  }

  #callState(call: number): CallState {
    const state = this.#calls.get(call);
    if (state === undefined) throw new Error(`there is no call ${call}`);
    return state;
  }

  #memory(object: ObjectId): Memory {
    const memory = this.#memories.get(object) ?? { bytes: new Map(), words: new Map(), written: new Set() };
    this.#memories.set(object, memory);
    return memory;
  }

  #bytes(object: ObjectId, page: Page): Uint8Array {
    const bytes = this.#memory(object).bytes.get(page);
    if (bytes === undefined) throw new Error(`page ${page} of object ${object} is not in memory`);
    return bytes;
  }
}

/** Words of futexes, if `areThere`. */
export class FutexWords implements Words {
  areThere = false;
  readonly #cells = new Map<string, { value: number; gen: number; uses: number }>();

  at(object: ObjectId, offset: number): Word | null {
    if (!this.areThere) return null;
    const cell = this.cell(object, offset);
    return {
      load: () => cell.value,
      exchange: (value) => {
        const was = cell.value;
        cell.value = value;
        return was;
      },
      store: (value) => void (cell.value = value),
    };
  }

  setGen(object: ObjectId, offset: number, gen: number): void {
    this.cell(object, offset).gen = gen;
  }

  uses(object: ObjectId, offset: number): number {
    return this.cell(object, offset).uses;
  }

  cell(object: ObjectId, offset: number): { value: number; gen: number; uses: number } {
    const key = `${object} ${offset}`;
    const cell = this.#cells.get(key) ?? { value: 0, gen: 0, uses: 0 };
    this.#cells.set(key, cell);
    return cell;
  }
}

export type MapOptions = {
  pages?: number;
  offset?: number;
  copy?: boolean;
  protection?: Access;
  maximum?: Access;
  /** Told what was mapped, before any effect of that. */
  mapped?: (object: ObjectId) => void;
};
export type Mapped = { object: ObjectId; address: number; page: (page: Page) => number };
type Supply = Extract<FromPager, { kind: 'memory_object_data_supply' }>;
type LockRequest = Extract<FromPager, { kind: 'memory_object_lock_request' }>;

export { HANDLERS, RULES };
