import { fileURLToPath } from 'node:url';
import { boot, type Limits, type System } from 'easync';
import { isMapped } from '../../os/forms.ts';
import { Peer } from '../../os/peer.ts';
import { SharedBroker } from '../../support/shared-broker.ts';
import { RawPager } from './raw-pager.ts';

export type Native = 'with koffi' | 'without koffi';

const USER = fileURLToPath(new URL('./fixtures/user.js', import.meta.url));

/** A broker of either kind, this process as a task of it, and another one. Tests share it. */
export class MemoryLab implements AsyncDisposable {
  readonly system: System;
  readonly broker: SharedBroker;
  /** A process that maps what this one maps, and has koffi where this has not. */
  readonly other: Peer;
  readonly #otherNative: Native;
  #pagers = 0;

  private constructor(system: System, broker: SharedBroker, other: Peer, otherNative: Native) {
    this.system = system;
    this.broker = broker;
    this.other = other;
    this.#otherNative = otherNative;
  }

  static async start(natives: { broker: Native; other: Native }, limits: Partial<Limits> = {}): Promise<MemoryLab> {
    const broker = await SharedBroker.start(limits, environment(natives.broker));
    const system = await boot({ socket: broker.socket, label: 'here' });
    const lab = new MemoryLab(system, broker, newUser(natives.other), natives.other);
    await lab.other.ask('attach', broker.socket);
    return lab;
  }

  /** One more process like the other, for a test that kills it. */
  async victim(): Promise<Peer> {
    const victim = newUser(this.#otherNative);
    await victim.ask('attach', this.broker.socket);
    return victim;
  }

  pager(): Promise<RawPager> {
    this.#pagers += 1;
    return RawPager.start(this.system, `object ${this.#pagers}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.other[Symbol.asyncDispose]();
    await this.system.dispose();
    await this.broker[Symbol.asyncDispose]();
  }
}

function newUser(native: Native): Peer {
  return new Peer({ program: USER, env: environment(native) });
}

export function environment(native: Native): Record<string, string> {
  return { EASYNC_NATIVE: native === 'with koffi' && isMapped ? '1' : '0' };
}
