import { bind, defineDriver, move } from 'easync';
import { Clerk, Printer } from './subsystems.js';

/** Knows nobody until somebody hands it a right, and keeps none of them. */
export default defineDriver(Clerk, () => ({
  async order({ text, tray, printer }) {
    const stub = bind(Printer, printer);
    const { job } = await stub.print({ text, tray: move(tray) });
    stub[Symbol.dispose]();
    return { job: move(job) };
  },
}));
