import {
  boot,
  Call,
  copy,
  make,
  type MsgResult,
  type Name,
  portOf,
  type SendRight,
  type Stub,
  type System,
} from 'easync';
import { read, spell, TrapLab } from '../fixtures/trap-lab.js';
import { fixture } from '../support/lab.ts';
import { type Begun, type Calls, callsBy, type Options, type Peer, type TaskOfWorld, type World } from './world.ts';

/** Each task is a process of its own at one broker, and is told over easync itself what to call. */
export class ProcessWorld implements World {
  readonly #sys: System;
  readonly #tasks = new Map<TaskOfWorld, ProcessTask>();

  private constructor(sys: System) {
    this.#sys = sys;
  }

  static async start(): Promise<ProcessWorld> {
    return new ProcessWorld(await boot({ label: 'conformance', onOutput: () => {} }));
  }

  async task(): Promise<TaskOfWorld> {
    const lab = await this.#sys.open(TrapLab, fixture('trap-lab.js'), { place: 'process' });
    const hello = this.#sys.task.allocate();
    const begun = lab.begin({ to: make.send(hello) });
    const message = await hello.receive();
    const [task, mailbox] = (message instanceof Call ? message.body : []) as [SendRight, SendRight];
    hello.destroy();
    const made = new ProcessTask(lab, { task, mailbox }, await begun);
    this.#tasks.set(made, made);
    return made;
  }

  async introduce(of: TaskOfWorld, to: TaskOfWorld): Promise<Peer> {
    const { task, mailbox } = this.#find(of).rights;
    const [inbox = 0, self = 0] = await this.#find(to).lab.meet([copy(mailbox), copy(task)]);
    return { mailbox: inbox, task: self };
  }

  async part(from: TaskOfWorld, { mailbox }: Peer): Promise<void> {
    await this.#find(from).lab.part({ name: mailbox });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.#tasks.values()) task[Symbol.dispose]();
    await this.#sys.dispose();
  }

  #find(task: TaskOfWorld): ProcessTask {
    const found = this.#tasks.get(task);
    if (found === undefined) throw new Error('a task of another world');
    return found;
  }
}

type Lab = Stub<typeof TrapLab>;

class ProcessTask implements TaskOfWorld, Disposable {
  readonly calls: Calls;
  readonly lab: Lab;
  readonly rights: { task: SendRight; mailbox: SendRight };
  readonly mailbox: number;
  readonly self: number;
  readonly #pid: number;
  #keys = 0;

  constructor(
    lab: Lab,
    rights: ProcessTask['rights'],
    { pid, mailbox, self }: { pid: number; mailbox: number; self: number },
  ) {
    this.lab = lab;
    this.rights = rights;
    this.mailbox = mailbox;
    this.self = self;
    this.#pid = pid;
    this.calls = callsBy((call, args) => lab.call({ call, args }));
  }

  on(target: Name): Calls {
    return callsBy((call, args) => this.lab.call({ call, args, on: target }));
  }

  async msg(options: Options): Promise<MsgResult> {
    return this.#msg((this.#keys += 1), options);
  }

  async begin(options: Options): Promise<Begun> {
    const key = (this.#keys += 1);
    const result = this.#msg(key, options);
    void Promise.allSettled([result]);
    // Comes behind it all the way.
    await this.calls.port_type(0);
    return { result, interrupt: async () => this.lab.interrupt({ key }) };
  }

  async kill(): Promise<void> {
    const dead = new Promise<void>((resolve) => this.rights.task.onDead(resolve));
    process.kill(this.#pid, 'SIGKILL');
    await dead;
  }

  [Symbol.dispose](): void {
    portOf(this.lab).deallocate();
    this.rights.task.deallocate();
    this.rights.mailbox.deallocate();
  }

  async #msg(key: number, options: Options): Promise<MsgResult> {
    return read(await this.lab.msg({ key, options: spell(options) })) as MsgResult;
  }
}
