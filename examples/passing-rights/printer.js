import { bind, defineDriver } from 'easync';
import { Job, Printer, Tray } from './subsystems.js';

export default defineDriver(Printer, (env) => ({
  async print({ text, tray }) {
    const out = bind(Tray, tray);
    const lines = text.split('\n');
    for (const line of lines) await out.page({ line, from: process.pid });
    out[Symbol.dispose]();
    // A port of its own for this one job. It is gone when its last right is.
    return { job: env.serve(Job, { status: () => ({ pages: lines.length, from: process.pid }) }).right() };
  },
}));
