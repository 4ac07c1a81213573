import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot } from '../boot/boot.ts';
import { entryOf } from '../boot/entries.ts';
import type { OpenOptions, System } from '../boot/system.ts';
import { startSharedBroker } from '../broker/shared.ts';
import {
  defineSubsystem,
  makeStub,
  type Placement,
  portOf,
  routine,
  type Routines,
  type Stub,
  type Subsystem,
} from '../driver/index.ts';
import { copy, type SendRight } from '../task/index.ts';
import { Companion } from './companion.ts';
import { startMemoryBroker } from './memory-broker.ts';

/** What is opened, and how; where is the world's business. */
export type Opening<R extends Routines> = {
  subsystem: Subsystem<R>;
  module: string | URL;
  options: Omit<OpenOptions, 'place'>;
};

/** One way for a client and a driver to be apart. It serves one test after the other. */
export type World = {
  /** The client's. */
  readonly system: System;
  /** Those of this process in which a test may leave something, the client's first. */
  readonly systems: readonly System[];
  /** Answers the client's stub, and what else is to be let go of in the end. */
  open<R extends Routines>(opening: Opening<R>): Promise<{ stub: Stub<Subsystem<R>>; others: readonly Disposable[] }>;
  end(): Promise<void>;
};

const LABEL = 'test';

/** The client's own broker, and a driver that it places. */
export async function privateWorld(place: Placement, { check = true } = {}): Promise<World> {
  const system = await boot({ label: LABEL, check, placements: {} });
  return { ...placing(system, place), end: () => system.dispose() };
}

/** The driver comes into a process where another one is already. */
export async function groupWorld(): Promise<World> {
  const system = await boot({ label: LABEL, check: true, placements: {} });
  const place = 'process:group';
  await system.open(Companion, new URL('../testing/companion.js', import.meta.url), { place });
  return { ...placing(system, place), end: () => system.dispose() };
}

/** The driver is a task of its own, and a link in memory is all that lies between. */
export async function memoryWorld(): Promise<World> {
  const broker = await startMemoryBroker();
  const system = await broker.attach(LABEL);
  return {
    ...placing(system, 'process'),
    async end() {
      await system.dispose();
      await broker.stop();
    },
  };
}

/**
 * A shared broker, and two tasks that have come by its socket: one opens the driver inline, the other one, the client, finds
 * it by a name.
 */
export async function socketWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'easync-testing-'));
  const socket = join(directory, 'broker.sock');
  const broker = await startSharedBroker(socket, entryOf('driver'));
  const home = await boot({ socket, label: 'home', check: true, placements: {} });
  const system = await boot({ socket, label: LABEL, check: true, placements: {} });
  let latest: SendRight | undefined;
  const service = home.serve(Door, {
    enter() {
      if (latest === undefined) throw new TypeError('nothing is open');
      return { port: copy(latest) };
    },
  });
  await home.names.checkIn({ name: 'driver', port: service.right() });
  const door = await system.lookUp(Door, 'driver');
  return {
    system,
    systems: [system, home],
    async open({ subsystem, module, options }) {
      const kept = await home.open(subsystem, module, { ...options, place: 'inline' });
      latest = portOf(kept);
      const { port } = await door.enter();
      return { stub: makeStub(subsystem, port), others: [kept] };
    },
    async end() {
      await system.dispose();
      await home.dispose();
      await broker.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** How the client gets at what the other task has opened. */
const Door = defineSubsystem('door', { enter: routine<void, { port: SendRight }>() });

function placing(system: System, place: Placement): Omit<World, 'end'> {
  return {
    system,
    systems: [system],
    async open({ subsystem, module, options }) {
      return { stub: await system.open(subsystem, module, { ...options, place }), others: [] };
    },
  };
}
