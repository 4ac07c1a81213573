// A plugin host: each plugin runs in a process of its own. One throws, one blocks its loop for ever, one leaks until its process
// is out of memory. The host answers all the time, and each plugin's trouble is an error of a call.
import { boot } from 'easync';
import { Host, Plugin, Visitor } from './subsystems.js';

const at = (file) => new URL(file, import.meta.url);
const sys = await boot({ onOutput: () => {} }); // a process out of memory says a lot
const names = ['good', 'throws', 'blocks', 'leaks'];
const plugins = new Map();

async function load(name) {
  const limits = { place: 'process', execArgv: ['--max-old-space-size=24'] };
  plugins.set(name, await sys.open(Plugin, at(`./plugins/${name}.js`), limits));
}

/** How often it greeted before something was wrong, and what; a plugin that is not well again is loaded anew. */
async function greet(name, most) {
  for (let times = 0; times < most; times += 1) {
    try {
      await plugins.get(name).greet(undefined, { timeoutMs: 1000 });
    } catch (error) {
      if (error.name === 'IpcError') await reload(name);
      return error.name === 'IpcError' ? error.code : `${error.name}: ${error.message}`;
    }
  }
  return 'well';
}

async function reload(name) {
  plugins.get(name)[Symbol.dispose](); // the broker kills a process that does not end
  await load(name);
}

try {
  await Promise.all(names.map(load));
  const host = sys.serve(Host, { status: () => names });
  const visitor = await sys.open(Visitor, at('./visitor.js'), { place: 'process' });
  await visitor.visit({ host: host.right() });
  for (const name of names) console.log(`${name}: ${await greet(name, 1000)}`);
  console.log(`good, afterwards: ${await greet('good', 10)}`);
  const { answers, medianMs, slowestMs } = await visitor.leave();
  console.log(`the host: ${answers} answers, median ${medianMs.toFixed(2)} ms, slowest ${slowestMs.toFixed(1)} ms`);
} finally {
  await sys.dispose();
}
