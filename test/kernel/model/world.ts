/**
 * An independent, slow statement of mach.md to compare the kernel with. It imports nothing from the kernel and keeps no
 * counters: how many send rights a port has is found by looking everywhere a send right can be.
 */
export type Limits = {
  namesPerTask: number;
  portsPerTask: number;
  queuedBytesPerTask: number;
  deliveryWindow: number;
  pendingCalls: number;
  requestsPerTask: number;
  waitingReceives: number;
};

export class Task {
  alive = true;
  cells: Cell[] = [];
  readonly id: number;
  readonly taskPort = new Port();
  constructor(id: number) {
    this.id = id;
    this.taskPort.standsFor = this;
    this.cells.push(new Cell(this, { port: this.taskPort, sends: 1 }));
  }
}

/** What a task has under one name. `name` is unknown until the kernel's choice has been seen. */
export class Cell {
  name: number | undefined;
  readonly task: Task;
  is: 'port' | 'once' | 'dead' | 'set' = 'dead';
  port: Port | undefined;
  once: Once | undefined;
  set: Group | undefined;
  sends = 0;
  receive = false;
  /** References of a dead name. */
  refs = 0;
  /** A dead-name request; `possible`: for send-possible too, `armed` when (0: not yet). */
  watch: { once: Once; since: number; possible: boolean; armed: number } | null = null;
  constructor(task: Task, what: Partial<Pick<Cell, 'port' | 'once' | 'set' | 'sends' | 'receive' | 'refs' | 'name'>>) {
    this.task = task;
    Object.assign(this, what);
    if (what.port) this.is = 'port';
    if (what.once) this.is = 'once';
    if (what.set) this.is = 'set';
  }
}

export class Port {
  dead = false;
  standsFor: Task | null = null;
  made = 0;
  seq = 0;
  limit = 5;
  queue: Message[] = [];
  out: Message[] = [];
  serving = false;
  draining = false;
  stuck: Stuck[] = [];
  waits: Wait[] = [];
  noSenders: Once | null = null;
  backup: Once | null = null;
  /** The last task that had it. */
  payer: Task | null = null;
  group: Group | null = null;
}

/** A port set: which ports are in it is written at the ports. */
export class Group {
  readonly cell: () => Cell | undefined;
  serving = false;
  waits: Wait[] = [];
  /** Members in the order they joined. */
  members: Port[] = [];
  constructor(cell: () => Cell | undefined) {
    this.cell = cell;
  }
}

export type Once = {
  port: Port;
  tag: number;
  hops: number;
  aborted: boolean;
  gone: boolean;
  maker: Task;
  /** The task whose call it is; null: made for a notification, or by hand. */
  caller: Task | null;
};
export type Carry =
  | { k: 'send'; port: Port }
  | { k: 'once'; once: Once }
  /** `limbo`: behind no port, because it would wait behind itself. */
  | { k: 'recv'; port: Port; limbo: boolean }
  | { k: 'null'; disp: number }
  | { k: 'dead'; disp: number }
  | { k: 'memory'; length: number };
/** `name` is a cell until the call that made the notification is compared: that call may have given the name, too. */
export type Note = { id: number; name?: Cell | number | undefined; [detail: string]: unknown };
export type Message = {
  to: Carry;
  reply: Carry;
  body: Carry[];
  bytes: number;
  payload: unknown;
  note: Note | null;
  payer: Task | null;
  /** When it came to its queue, or the queue to a set. */
  stamp: number;
  /** Would wait behind itself. */
  loop: boolean;
  /** As the kernel showed it when it was delivered. */
  given?: { remote: { name: number }; rights: readonly { name: number }[] } | undefined;
};
/** A blocked send; `since` tells which of a task's came first. */
export type Stuck = { task: Task; id: number; since: number; message: Message };
export type Wait = { task: Task; id: number; max: number; large: boolean; notify: number };

export class World {
  tasks: Task[] = [];
  ports: Port[] = [];
  /** All send-once rights ever made here, oldest first. */
  onces: Once[] = [];
  /** Messages that are being put together or taken apart. */
  inHand: Message[] = [];
  /** Ports whose receive right went down with a message, and ports with something to hand out. */
  doomed: Port[] = [];
  stirred: Port[] = [];
  effects: Record<string, unknown>[] = [];
  /** Rare turns of events that a run has to have taken. */
  situations: string[] = [];
  clock = 0;
  readonly limits: Limits;
  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Every right that is inside a message. Of a delivered message only the destination is. */
  eachCarried(see: (right: Carry) => void): void {
    const all = (m: Message): void => {
      see(m.to);
      see(m.reply);
      m.body.forEach(see);
    };
    this.inHand.forEach(all);
    for (const port of this.ports) {
      port.queue.forEach(all);
      for (const { message } of port.stuck) all(message);
      for (const message of port.out) see(message.to);
    }
  }

  eachCell(see: (cell: Cell) => void): void {
    for (const task of this.tasks) task.cells.forEach(see);
  }

  senders(port: Port): number {
    return this.count().senders.get(port) ?? 0;
  }

  /** Send rights and send-once rights by port, found by looking everywhere they can be (mach.md §2). */
  count(): { senders: Map<Port, number>; onces: Map<Port, number> } {
    const senders = new Map<Port, number>();
    const onces = new Map<Port, number>();
    const add = (to: Map<Port, number>, port: Port | undefined): void => {
      if (port) to.set(port, (to.get(port) ?? 0) + 1);
    };
    this.eachCell((cell) => {
      if (cell.is === 'port' && cell.sends > 0) add(senders, cell.port);
      if (cell.is === 'once') add(onces, cell.once?.port);
      add(onces, cell.watch?.once.port);
    });
    this.eachCarried((right) => {
      if (right.k === 'send') add(senders, right.port);
      if (right.k === 'once') add(onces, right.once.port);
    });
    for (const port of this.ports) {
      add(onces, port.noSenders?.port);
      add(onces, port.backup?.port);
    }
    return { senders, onces };
  }

  bytesOf(task: Task): number {
    let sum = 0;
    const add = (m: Message): void => {
      if (m.payer === task) sum += m.bytes;
    };
    this.inHand.forEach(add);
    for (const port of this.ports) {
      port.queue.forEach(add);
      port.out.forEach(add);
      for (const { message } of port.stuck) add(message);
    }
    return sum;
  }

  /** Of what waits at send-once rights that the task has made. */
  replyBytes(task: Task): number {
    let sum = 0;
    const add = (m: Message): void => {
      if (m.to.k === 'once' && m.to.once.maker === task && m.note === null) sum += m.bytes;
    };
    this.inHand.forEach(add);
    for (const port of this.ports) {
      port.queue.forEach(add);
      port.out.forEach(add);
    }
    return sum;
  }

  requests(task: Task): number {
    return this.onces.filter((o) => o.maker === task && o.caller === null && !o.gone && !o.port.dead).length;
  }

  fullOfRequests(task: Task): boolean {
    return this.requests(task) >= this.limits.requestsPerTask;
  }

  /** Receives that wait, and on what. */
  waits(): { on: Port | Group; wait: Wait }[] {
    const groups: Group[] = [];
    this.eachCell((c) => {
      if (c.set) groups.push(c.set);
    });
    return [...this.ports, ...groups].flatMap((on) => on.waits.map((wait) => ({ on, wait })));
  }

  fullOfPorts(task: Task): boolean {
    return this.ports.filter((p) => !p.dead && p.payer === task).length >= this.limits.portsPerTask;
  }

  calls(task: Task): number {
    return this.onces.filter((o) => o.caller === task && !o.gone && !o.port.dead).length;
  }

  /** The port in whose queue, or before whose full queue, the receive right of `port` waits. */
  carrier(port: Port): Port | undefined {
    const has = (m: Message): boolean => m.body.some((r) => r.k === 'recv' && r.port === port && !r.limbo);
    const hand = this.inHand.find(has)?.to;
    if (hand) return hand.k === 'send' ? hand.port : hand.k === 'once' ? hand.once.port : undefined;
    return this.ports.find((p) => p.queue.some(has) || p.stuck.some((s) => has(s.message)));
  }

  /** Whether `port` waits behind `other`, or is it. */
  behind(port: Port, other: Port): boolean {
    for (let at: Port | undefined = port; at; at = this.carrier(at)) if (at === other) return true;
    return false;
  }

  owner(port: Port): Cell | undefined {
    let found: Cell | undefined;
    this.eachCell((cell) => {
      if (cell.receive && cell.port === port) found = cell;
    });
    return found;
  }

  /**
   * A dead port keeps nothing; ended tasks have no names. A notification keeps the name of when it was made, whatever it is
   * renamed to.
   */
  tidy(): void {
    this.ports = this.ports.filter((port) => !port.dead);
    for (const { note } of this.ports.flatMap((port) => [...port.queue, ...port.out])) {
      if (note?.name instanceof Cell) note.name = note.name.name;
    }
  }
}
