// A driver that answers in place what it knows, and later what it has to find out. Nothing else decides which it is: a handler
// that returns a value completes the call, one that returns a promise has the caller wait.
import { setTimeout as sleep } from 'node:timers/promises';
import { defineDriver } from 'easync';
import { Directory } from './subsystems.js';

export default defineDriver(Directory, () => {
  const known = new Map();

  async function find(name) {
    await sleep(5); // a disk, a network
    known.set(name, name.length);
    return known.get(name);
  }

  return { look: ({ name }) => known.get(name) ?? find(name) };
});
