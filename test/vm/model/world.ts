import { expect } from 'vitest';
import { COPY_STRATEGY, VM_PROT } from '../../../src/wire/index.ts';
import { type Effect, type ObjectId, type Page, Vm, type VmLimits } from '../../../src/vm/index.ts';
import { Host, LIMITS, PAGE, type Replaced } from '../harness.ts';
import { Monitor } from './monitor.ts';
import { type Behaviour, ToyPager } from './toy-pager.ts';

/** One step of a history; what its numbers mean depends on what there is. */
export type Step = { op: Op; a: number; b: number; c: number };
export type Op = (typeof OPS)[number];
export const OPS = [
  'map',
  'copy',
  'unmap',
  'read',
  'read',
  'write',
  'write',
  'store',
  'pin',
  'unpin',
  'pager',
  'pager',
  'deliver',
  'deliver',
  'flow',
  'flow',
  'lock',
  'lock',
  'uncache',
  'cancel',
  'endTask',
  'restore',
  'congest',
  'kill',
  'destroy',
] as const;

const PAGES = 4;
const TASKS = 3;
const HELPFUL: Behaviour = { lock: 0, fails: false, waits: false };

/** What an object's bytes are, whoever has them: what was last written there. */
type Data = {
  readonly name: string;
  readonly truth: Map<Page, number[]>;
  pager: ToyPager | null;
  object: ObjectId | null;
  /** How the kernel copies it. */
  copyStrategy: number;
  /** Its pager is gone, by the world's doing. */
  isLost: boolean;
};

/** Tasks, pagers and a `Vm` between them, and a book of what every byte has to be. */
export class World {
  readonly host: Host;
  readonly #limits: VmLimits;
  readonly #replaced: Replaced;
  readonly #ports: Data[];
  readonly #datas = new Map<ObjectId, Data>();
  /** Copies that get their bytes at this moment of the source. */
  readonly #snapshots = new Map<number, () => void>();
  readonly #calls = new Map<number, { task: number; kind: 'read' | 'write' | 'copy'; address: number }>();
  readonly #pins = new Set<string>();
  readonly #monitor = new Monitor();
  #faulty = false;
  #written = 0;

  constructor(options: { cachePages: number; defaultPager: boolean; replaced?: Replaced }) {
    this.#replaced = options.replaced ?? {};
    this.#limits = { ...LIMITS, cachePages: options.cachePages };
    this.host = new Host(this.#limits, this.#replaced);
    this.host.vm.setDefaultPager(options.defaultPager);
    this.host.onEffect = (effect) => this.#look(effect);
    const { NONE, CALL, DELAY } = COPY_STRATEGY;
    this.#ports = [NONE, CALL, DELAY].map((copyStrategy, index) =>
      newPort(`port ${index}`, 10 * (index + 1), copyStrategy),
    );
  }

  run({ op, a, b, c }: Step): void {
    const task = (a % TASKS) + 1;
    const regions = this.host.vm.inspect().tasks.find((entry) => entry.task === task)?.regions ?? [];
    const region = regions[b % Math.max(1, regions.length)];
    const page = c % PAGES;
    const port = this.#ports[b % this.#ports.length];
    const pagers = [...new Set([...this.#datas.values()].flatMap(({ pager }) => pager ?? []))];
    const pager = pagers[b % Math.max(1, pagers.length)];
    const behaviour = { lock: [0, 0, 2, 7][c % 4] ?? 0, fails: c % 29 === 28, waits: c % 5 === 4 };
    if (op === 'map') this.#map(task, b % 4 === 3 ? null : (port ?? null));
    else if (op === 'restore') this.#restore();
    else if (op === 'endTask') this.#endTask(task);
    else if (op === 'unpin') this.#unpin(b);
    else if (op === 'cancel') this.#cancel(b);
    else if (op === 'pager') {
      if (behaviour.fails) this.#faulty = true;
      pager?.step(behaviour);
    } else if (op === 'deliver') this.#deliver(b);
    else if (op === 'flow') this.#flow();
    else if (op === 'lock') pager?.lockRequest(page, (a % PAGES) + 1, LOCKS[c % LOCKS.length] ?? {});
    else if (op === 'uncache') this.#uncache(pager);
    else if (op === 'congest') this.#congest(b, c % 2 === 0);
    else if (op === 'kill' || op === 'destroy') {
      if (c % 8 === 0) this.#lose(port, op);
    } else if (region !== undefined) this.#use(op, task, region.address, region.object, page, c);
    this.host.settle();
    this.#check();
  }

  /** Everybody answers: then nobody waits any more, and what was written is where it belongs. */
  finish(): void {
    this.#drain();
    this.#expectAnswered();
    this.#readAll();
    for (let task = 1; task <= TASKS; task += 1) this.#endTask(task);
    this.#drain();
    for (const { pager, object } of this.#datas.values()) if (object !== null && pager !== null) this.#uncache(pager);
    this.#drain();
    expect(this.host.vm.inspect()).toMatchObject({ objects: [], tasks: [], resident: 0 });
    for (const { name, truth, pager, isLost } of this.#ports) {
      if (isLost || pager === null) continue;
      for (const [page, bytes] of truth) expect([name, page, ...pager.stored(page)]).toEqual([name, page, ...bytes]);
    }
  }

  #expectAnswered(): void {
    for (const [call, { kind }] of this.#calls) expect([kind, this.host.code(call)]).not.toEqual([kind, 'waiting']);
  }

  /** No failure is remembered (P5): what has a pager can be read. */
  #readAll(): void {
    const regions = this.host.vm
      .inspect()
      .tasks.flatMap(({ task, regions: all }) => all.map((region) => ({ task, ...region })));
    for (const { task, address, object } of regions) {
      if (!this.#ports.includes(this.#data(object))) continue;
      const call = this.host.read(task, address, PAGES * PAGE);
      this.#drain();
      expect(['P5: a later fault', this.host.code(call)]).toEqual(['P5: a later fault', 0]);
    }
  }

  #map(task: number, port: Data | null): void {
    if (port !== null && port.object === null) {
      port.object = this.host.vm.createObject();
      this.#datas.set(port.object, port);
    }
    const { call, address } = this.host.tryMap(task, port?.object ?? null, { pages: PAGES });
    expect(this.host.code(call)).toBe(0);
    const object = this.host.vm.region(task, address)?.object ?? 0;
    if (port !== null) return;
    const data = newData('internal', object);
    for (let page = 0; page < PAGES; page += 1) data.truth.set(page, Array<number>(PAGE).fill(0));
    this.#datas.set(object, data);
  }

  #use(op: Op, task: number, address: number, object: ObjectId, page: Page, c: number): void {
    const { host } = this;
    const at = address + page * PAGE + (c % PAGE);
    const size = Math.min(1 + (c % 6), PAGES * PAGE - (at - address));
    if (op === 'unmap') {
      host.vm.deallocate(task, { address, size: PAGES * PAGE });
    } else if (op === 'read') {
      this.#began(host.read(task, at, size), task, 'read', at);
    } else if (op === 'write') {
      this.#written += 1;
      const bytes = Array.from({ length: size }, (_, index) => (100 + this.#written * 7 + index) % 256);
      this.#began(host.write(task, at, bytes), task, 'write', at);
    } else if (op === 'store') this.#store(object, page, c);
    else if (op === 'pin' && host.word(object, page) !== 0 && !host.isPinned(object, page)) {
      host.pin(object, page);
      const canWrite = (host.word(object, page) & VM_PROT.WRITE) !== 0;
      this.#pins.add(`${object} ${page} ${canWrite ? 'w' : 'r'}`);
    } else if (op === 'copy') this.#copy(task, object);
  }

  /** A task's own store: by the word, or in the middle of an access that began when the word permitted it. */
  #store(object: ObjectId, page: Page, c: number): void {
    this.#written += 1;
    const byte = this.#written % 256;
    const at = c % PAGE;
    if (this.#pins.has(`${object} ${page} w`)) this.host.storePinned(object, page, at, byte);
    else if (!this.host.store(object, page, at, byte)) return;
    const truth = this.#truth(object, page);
    truth[at] = byte;
    this.#data(object).truth.set(page, truth);
    this.#monitor.changed(object, page);
  }

  #copy(task: number, source: ObjectId): void {
    const { host } = this;
    const from = this.#data(source);
    const data = newData(`copy of ${from.name}`, 0);
    const mapped = (object: ObjectId): void => {
      this.#datas.set(object, Object.assign(data, { object }));
    };
    const { call, address } = host.tryMap(task, source, { pages: PAGES, copy: true, mapped });
    this.#calls.set(call, { task, kind: 'copy', address });
    const snapshot = (): void => {
      if (from.copyStrategy !== COPY_STRATEGY.DELAY) return;
      for (let page = 0; page < PAGES; page += 1) {
        // What the source itself has yet to get, the copy gets with it.
        if (from.truth.has(page) || this.#ports.includes(from)) data.truth.set(page, this.#truth(source, page));
      }
    };
    if (host.code(call) === 0) snapshot();
    else this.#snapshots.set(call, snapshot);
  }

  #restore(): void {
    const { vm } = this.host;
    this.host.vm = new Vm(this.#limits, this.#replaced, vm.save());
    expect(this.host.vm.snapshotKey()).toBe(vm.snapshotKey());
  }

  #endTask(task: number): void {
    for (const [call, { task: whose }] of this.#calls) if (whose === task) this.#calls.delete(call);
    this.host.vm.taskEnded(task);
    this.host.settle();
  }

  #cancel(b: number): void {
    const waiting = [...this.#calls.keys()].filter((call) => this.host.code(call) === 'waiting');
    const call = waiting[b % Math.max(1, waiting.length)];
    if (call === undefined) return;
    this.#calls.delete(call);
    this.host.vm.cancel(call);
  }

  #unpin(b: number): void {
    const pins = [...this.#pins];
    const pin = pins[b % Math.max(1, pins.length)];
    if (pin === undefined) return;
    this.#pins.delete(pin);
    const [object = 0, page = 0] = pin.split(' ').map(Number);
    this.host.unpin(object, page);
  }

  #uncache(pager: ToyPager | undefined): void {
    pager?.say({
      kind: 'memory_object_change_attributes',
      reqId: 1,
      mayCache: false,
      copyStrategy: pager.copyStrategy,
    });
  }

  /** Whether an object's pager takes what goes back. */
  #congest(b: number, congested: boolean): void {
    const objects = [...this.#datas].flatMap(([object, { pager }]) => (pager === null ? [] : [object]));
    const object = objects[b % Math.max(1, objects.length)];
    if (object !== undefined) this.host.vm.setCongested(object, congested);
  }

  #lose(port: Data | undefined, how: 'kill' | 'destroy'): void {
    if (port === undefined || port.object === null || port.isLost) return;
    port.isLost = true;
    this.#faulty = true;
    if (how === 'destroy') this.host.vm.receive(port.object, { kind: 'memory_object_destroy', reason: 0 });
    else this.host.vm.pagerDied(port.object);
    port.pager?.terminated();
    this.#ports[this.#ports.indexOf(port)] = newPort(`${port.name}'`, 60, port.pager?.copyStrategy ?? 0);
  }

  #deliver(b: number): boolean {
    const ready = [...this.#datas.values()].filter((data) => (data.pager?.outbox.length ?? 0) > 0);
    const data = ready[b % Math.max(1, ready.length)];
    const message = data?.pager?.outbox.shift();
    if (data?.object !== null && data?.object !== undefined && message !== undefined && !data.isLost) {
      this.#monitor.heard(data.object, message);
      this.host.vm.receive(data.object, message);
    }
    return message !== undefined;
  }

  #drain(): void {
    for (let b = 0; b < this.#datas.size; b += 1) this.#congest(b, false);
    for (;;) {
      while (this.#pins.size > 0) this.#unpin(0);
      this.host.settle();
      const before = this.host.vm.snapshotKey();
      if (this.#flow() && this.host.vm.snapshotKey() === before) return;
    }
  }

  /** Every pager answers what it has been asked, and every answer arrives. Answers whether nothing came of it. */
  #flow(): boolean {
    const pagers = [...new Set([...this.#datas.values()].flatMap(({ pager }) => pager ?? []))];
    for (const pager of pagers) for (let step = pager.inbox.length + 1; step >= 0; step -= 1) pager.step(HELPFUL);
    while (this.#deliver(0)) this.host.settle();
    return pagers.every(({ inbox, outbox }) => inbox.length === 0 && outbox.length === 0);
  }

  #look(effect: Effect): void {
    if (effect.type === 'transfer') this.#transferred(effect);
    else if (effect.type === 'copy') this.#copied(effect);
    else if (effect.type === 'done') {
      if (effect.code === 0) this.#snapshots.get(effect.call)?.();
      // A copy of what was to be a copy, and failed, fails too.
      if (!this.#faulty && this.host.kindOf(effect.call) !== 'map')
        expect(['KERN_INVALID_ADDRESS', 'KERN_RESOURCE_SHORTAGE', 0]).toContain(effect.code);
    } else if (effect.type === 'make') {
      const data = this.#data(effect.object);
      data.pager = newPort(data.name, 0, COPY_STRATEGY.NONE, true).pager;
    } else if (effect.type === 'forget') {
      const data = this.#datas.get(effect.object);
      for (const pin of this.#pins) if (pin.startsWith(`${effect.object} `)) this.#pins.delete(pin);
      if (data !== undefined) data.object = null;
      if (data?.isLost === true || data?.pager === null) this.#datas.delete(effect.object);
    } else if (effect.type === 'send') this.#sent(effect);
  }

  #sent({ object, to }: Extract<Effect, { type: 'send' }>): void {
    const { pager } = this.#data(object);
    if (to !== undefined) this.#data(to).copyStrategy = COPY_STRATEGY.NONE;
    const sent = this.host.sent.at(-1);
    if (sent === undefined || pager === null) return;
    this.#monitor.sent(object, sent.message);
    pager.inbox.push(sent);
    if (sent.message.kind === 'memory_object_terminate') pager.terminated();
  }

  #transferred({ call, object, page, at, bytes, bufferAt }: Extract<Effect, { type: 'transfer' }>): void {
    const truth = this.#truth(object, page);
    const { bytes: buffer } = this.host.call(call);
    const part = buffer.slice(bufferAt, bufferAt + bytes);
    // The call itself is known only when it has been answered; but what a write leaves in the page is what it brought.
    const now = this.host.bytesOf(object, page);
    const isWrite = this.host.kindOf(call) === 'write';
    if (isWrite) truth.splice(at, bytes, ...part);
    expect([this.#data(object).name, page, ...now]).toEqual([this.#data(object).name, page, ...truth]);
    if (isWrite) this.#monitor.changed(object, page);
    if (isWrite) this.#data(object).truth.set(page, truth);
    else expect(part).toEqual(truth.slice(at, at + bytes));
  }

  /** A promised copy has what the source had then; every other has what it has now. */
  #copied({ from, fromPage, to, toPage }: Extract<Effect, { type: 'copy' }>): void {
    const copy = this.#datas.get(to);
    // It was given up before anybody heard of it.
    if (copy === undefined) return;
    const now = this.#truth(from, fromPage);
    const { truth, name } = copy;
    const then = truth.get(toPage);
    this.#monitor.changed(to, toPage);
    if (then === undefined) truth.set(toPage, now);
    else expect([name, toPage, ...this.host.bytesOf(to, toPage)]).toEqual([name, toPage, ...then]);
  }

  #check(): void {
    const { resident, most } = this.host.vm.inspect();
    // An operation that waits for a page in use has all the pages of its object on hold.
    const onHold = this.#pins.size * PAGES;
    if (resident <= most + onHold) return;
    // A page in use was on its way out when its pager died: nobody takes it any more, and nothing else can go for it.
    expect(resident).toBeLessThanOrEqual(this.host.vm.save().cache.stuck.neighbours.size + onHold);
  }

  #began(call: number, task: number, kind: 'read' | 'write', address: number): void {
    this.#calls.set(call, { task, kind, address });
    const code = this.host.code(call);
    if (!this.#faulty) expect(['waiting', 'KERN_RESOURCE_SHORTAGE', 0]).toContain(code);
  }

  #truth(object: ObjectId, page: Page): number[] {
    const { truth, pager } = this.#data(object);
    return [...(truth.get(page) ?? (pager === null ? Array<number>(PAGE).fill(0) : pager.stored(page)))];
  }

  #data(object: ObjectId): Data {
    const data = this.#datas.get(object);
    if (data === undefined) throw new Error(`nobody knows object ${object}`);
    return data;
  }
}

const LOCKS = [
  {},
  { shouldFlush: true },
  { lock: VM_PROT.WRITE },
  { lock: VM_PROT.ALL },
  { lock: 0 },
  { all: true },
  { all: true, shouldFlush: true },
];

function newPort(name: string, initial: number, copyStrategy: number, isBacking = false): Data {
  const pager = new ToyPager({ initial, mayCache: initial % 20 === 0, copyStrategy, isBacking });
  return { name, truth: new Map(), pager, object: null, copyStrategy, isLost: false };
}

function newData(name: string, object: ObjectId): Data {
  return { name, truth: new Map(), pager: null, object, copyStrategy: COPY_STRATEGY.DELAY, isLost: false };
}
