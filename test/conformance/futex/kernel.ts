import { boot, type Limits, type Region, type System } from 'easync';
import { SharedBroker } from '../../support/shared-broker.ts';

export const PAGE = 4096;
export const SIZE = 2 * PAGE;

/** A broker with tasks that use futexes, and one that pagers are served by. */
export class Kernel implements AsyncDisposable {
  readonly broker: SharedBroker;
  readonly pager: System;
  readonly users: readonly System[];

  private constructor(broker: SharedBroker, pager: System, users: readonly System[]) {
    this.broker = broker;
    this.pager = pager;
    this.users = users;
  }

  static async start(users: number, limits: Partial<Limits>, env: Record<string, string>): Promise<Kernel> {
    const broker = await SharedBroker.start(limits, env);
    const attach = (label: string): Promise<System> => boot({ socket: broker.socket, label });
    const labels = Array.from({ length: users }, (_, i) => `user ${i}`);
    return new Kernel(broker, await attach('pagers'), await Promise.all(labels.map(attach)));
  }

  user(i: number): System {
    const system = this.users[i];
    if (system === undefined) throw new Error(`this broker has ${this.users.length} users`);
    return system;
  }

  /** One task more, which a rule will lose. */
  guest(): Promise<System> {
    return boot({ socket: this.broker.socket, label: 'guest' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const system of [...this.users, this.pager]) await system.dispose();
    await this.broker[Symbol.asyncDispose]();
  }
}

/** All that these tasks have asked of their broker has arrived there, and what it had answered by then is known here. */
export async function asked(systems: Iterable<System>): Promise<void> {
  await Promise.all([...systems].map(({ task }) => task.isClosed || task.traps.vm_region(0)));
  await turn();
}

/** What has arrived is acted on by whoever awaits it. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export async function write(region: Region, offset: number, ...values: number[]): Promise<void> {
  await region.write(offset, new Uint8Array(Uint32Array.from(values).buffer));
}

export async function read(region: Region, offset: number): Promise<number> {
  return Buffer.from(await region.read(offset, 4)).readUInt32LE();
}
