import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { Broker } from '../../src/broker/broker.ts';
import type { Grants } from '../../src/broker/new-task.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts';
import { Task } from '../../src/task/index.ts';
import { Peer } from './peer.ts';

/** A broker in this process behind a real socket, and what a test attaches to it: real tasks, and peers that write frames by hand. */
export class Rig implements AsyncDisposable {
  readonly host: Host;
  readonly broker: Broker;
  readonly limits: Limits;
  /** What the next task to attach starts with. */
  grants: Grants = {};
  /** Faults that the broker found in itself. A test that provokes one empties it. */
  faults: string[] = [];
  readonly #directory: string;
  readonly #undo: (() => Promise<void>)[] = [];

  private constructor(directory: string, limits: Limits) {
    this.host = realHost(limits);
    this.limits = limits;
    this.broker = new Broker(this.host, limits, (fault) => void this.faults.push(fault));
    this.#directory = directory;
  }

  static async start(limits: Partial<Limits> = {}): Promise<Rig> {
    const rig = new Rig(await mkdtemp(join(tmpdir(), 'easync-broker-')), { ...DEFAULT_LIMITS, ...limits });
    const listener = await rig.host.listen(rig.socket, (link) => rig.broker.accept(link, () => rig.grants));
    rig.#undo.push(() => listener.close());
    return rig;
  }

  get socket(): string {
    return join(this.#directory, 'socket');
  }

  /** Why peers have ended otherwise than in good order, newest first. */
  get reasons(): string[] {
    return [...this.broker.dead].map(({ reason }) => reason);
  }

  async peer(): Promise<Peer> {
    return new Peer(await this.host.connect(this.socket));
  }

  /** A peer that has said hello as it should. */
  async attachedPeer(): Promise<Peer> {
    const peer = await this.peer();
    peer.hello();
    await peer.frame('welcome');
    return peer;
  }

  async task(label: string): Promise<Task> {
    const link = await this.host.connect(this.socket);
    const options = { label, limits: this.limits, check: false, pid: process.pid, threadId };
    return Task.attach(this.host, link, options, (text) => void this.faults.push(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.broker.close();
    for (const undo of this.#undo) await undo();
    await rm(this.#directory, { recursive: true });
    if (this.faults.length > 0) throw new Error(`the broker found faults in itself: ${this.faults.join('\n')}`);
    const { tasks, ports } = this.broker.kernel.inspect();
    if (tasks.length + ports.length > 0) throw new Error(`left behind: ${JSON.stringify({ tasks, ports })}`);
  }
}
