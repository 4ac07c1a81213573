// Asks the host every few milliseconds, from a process of its own, and measures how long each answer takes.
import { setTimeout as sleep } from 'node:timers/promises';
import { bind, defineDriver } from 'easync';
import { Host, Visitor } from './subsystems.js';

export default defineDriver(Visitor, () => {
  const times = [];
  let staying = true;
  let visit;

  async function askAll(right) {
    const host = bind(Host, right);
    while (staying) {
      const start = performance.now();
      await host.status();
      times.push(performance.now() - start);
      await sleep(2);
    }
    host[Symbol.dispose]();
  }

  return {
    visit({ host }) {
      visit = askAll(host);
    },
    async leave() {
      staying = false;
      await visit;
      times.sort((a, b) => a - b);
      return { answers: times.length, medianMs: times[times.length >> 1], slowestMs: times.at(-1) };
    },
  };
});
