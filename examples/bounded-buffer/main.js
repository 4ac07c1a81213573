// Three processes share a buffer of four numbers: one puts, two take. This process has the lock, and does nothing else.
import { boot, copy } from 'easync';
import { Pager } from 'easync/pager';
import { Lockmgr, serveLockmgr } from 'easync/sync';
import { BYTES } from './buffer.js';
import { Consumer, Producer } from './subsystems.js';

const NUMBERS = 60;
const here = (file) => new URL(file, import.meta.url);

const sys = await boot();
try {
  const pager = await sys.open(Pager, 'easync/servers/pager-anon', { place: 'process' });
  const { port: memory } = await pager.open({ of: { size: BYTES } });
  const served = serveLockmgr(sys, new Lockmgr({ name: 'buffer' }));
  const rights = () => ({ memory: copy(memory), lock: served.right() });

  const producer = await sys.open(Producer, here('./producer.js'), { place: 'process' });
  const consumers = [];
  for (let i = 0; i < 2; i += 1) {
    consumers.push(await sys.open(Consumer, here('./consumer.js'), { place: 'process' }));
  }
  const producing = producer.run({ ...rights(), numbers: NUMBERS, consumers: consumers.length });
  const taken = await Promise.all(consumers.map((consumer) => consumer.run(rights())));
  const { from } = await producing;

  const isInOrder = (numbers) => numbers.every((number, i) => i === 0 || number > numbers[i - 1]);
  const all = taken.flatMap(({ took }) => took).sort((a, b) => a - b);
  console.log(`processes: ${new Set([from, ...taken.map((one) => one.from)]).size}`);
  console.log(`taken: ${all.length}, each once: ${all.every((number, i) => number === i)}`);
  console.log(`each consumer took its own in order: ${taken.every(({ took }) => isInOrder(took))}`);
} finally {
  await sys.dispose();
}
