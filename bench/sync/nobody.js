// A wakeup with nobody asleep, in one way, in a fresh process: prints its figures as JSON. Started by sync.js.
import { EventEmitter } from 'node:events';
import { PAGE } from '../memory/page.js';
import { mapped, startWorld } from '../memory/world.js';
import { wakeup } from '../support/sync.js';
import { nanosOf } from './batches.js';

/** As many as a program may have, so that none is looked up by what was just found. */
const IDENTS = 64;
const PAGER = new URL('../memory/pager.js', import.meta.url);

const [way = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify({ ms: { ns: await nanos() } }));

/** @returns {Promise<number>} */
function nanos() {
  if (way.startsWith('EventEmitter')) return ofEmitters();
  if (way === 'Map.get') return ofMap();
  return way.includes('shared') ? ofShared() : ofLocal();
}

function ofEmitters() {
  const emitters = Array.from({ length: IDENTS }, () => new EventEmitter());
  return nanosOf((count) => {
    for (let i = 0; i < count; i++) if (emitters[i % IDENTS]?.emit('wakeup')) throw new Error('nobody listens');
  });
}

function ofMap() {
  const idents = Array.from({ length: IDENTS }, () => ({}));
  const others = new Map(idents.map((_, i) => [{}, i]));
  return nanosOf((count) => {
    for (let i = 0; i < count; i++)
      if (others.get(idents[i % IDENTS] ?? {}) !== undefined) throw new Error('not there');
  });
}

function ofLocal() {
  const idents = Array.from({ length: IDENTS }, () => ({}));
  return nanosOf((count) => {
    for (let i = 0; i < count; i++) wakeup(idents[i % IDENTS] ?? {});
  });
}

async function ofShared() {
  const world = await startWorld(way, { pager: PAGER, options: { size: PAGE } });
  const [system] = world.systems;
  if (system === undefined) throw new Error('there is a broker');
  const region = await mapped(system, 'memory', PAGE);
  const idents = Array.from({ length: IDENTS }, (_, i) => region.ident(i * 4));
  // The first asks the broker for the ident's place in its table.
  for (const ident of idents) await wakeup(ident);
  const figure = await nanosOf((count) => {
    for (let i = 0; i < count; i++) {
      const ident = idents[i % IDENTS];
      if (ident === undefined || wakeup(ident) !== undefined) throw new Error('it sent a message');
    }
  });
  await world.close();
  return figure;
}
