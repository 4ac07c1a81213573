// Three tasks. We hand the clerk a right to the printer and one to our tray; the clerk hands the tray on to the printer;
// the printer makes a right to the job, which comes back through the clerk. Then the clerk goes, and nobody misses it.
import { boot, copy, portOf } from 'easync';
import { Clerk, Job, Printer, Tray } from './subsystems.js';

const here = (file) => new URL(file, import.meta.url);
const who = (pid) => (pid === process.pid ? 'our process' : 'another process');

const sys = await boot();
try {
  const printer = await sys.open(Printer, here('./printer.js'), { place: 'process' });
  const clerk = await sys.open(Clerk, here('./clerk.js'), { place: 'process' });
  const page = ({ line, from }) => console.log(`tray: '${line}' from ${who(from)}`);
  let noSenderLeft;
  const trayIsLeft = new Promise((resolve) => (noSenderLeft = resolve));
  const tray = sys.serve(Tray, { page }, { onNoSenders: noSenderLeft });

  const text = 'first page\nsecond page';
  const { job: right } = await clerk.order({ text, tray: tray.right(), printer: copy(portOf(printer)) });
  clerk[Symbol.dispose]();
  await trayIsLeft;
  console.log('tray: no sender left');

  const job = sys.bind(Job, right);
  const { pages, from } = await job.status();
  console.log(`job: ${pages} pages, says ${who(from)}`);
  job[Symbol.dispose]();
} finally {
  await sys.dispose();
}
