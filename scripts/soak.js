// npm run soak -- --minutes N [--seed N]: the long proofs, each time with other seeds, until the time is used up. Stops at the
// first failure, with the command that replays it.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

/** A round of the model takes a seed for each of its 2,000 worlds, more than any other proof: rounds must not repeat each other. */
const SEEDS_PER_ROUND = 2_000;

/**
 * What runs in each round. `variable` sets how many `operations`, or for how long (`lasts`, in seconds); a run takes `seconds` at
 * first, then what it last took. One with a `setting` tries all there is to try: no seed makes a difference, and once is enough.
 */
const PROOFS = [
  {
    name: 'kernel against model',
    file: 'test/kernel/model.test.ts',
    variable: 'EASYNC_MODEL_OPS',
    operations: 500_000,
    seconds: 25,
  },
  {
    name: 'memory against model',
    file: 'test/vm/model.test.ts',
    variable: 'EASYNC_VM_RUNS',
    operations: 2_000,
    seconds: 20,
  },
  {
    name: 'futexes against their rules',
    file: 'test/vm/futex-model.test.ts',
    variable: 'EASYNC_VM_RUNS',
    operations: 2_000,
    seconds: 20,
  },
  {
    name: 'lock manager against its table',
    file: 'test/lockmgr/model.test.ts',
    variable: 'EASYNC_LOCKMGR_RUNS',
    operations: 20_000,
    seconds: 15,
  },
  {
    name: 'lock manager among promises against its table',
    file: 'test/sync/lockmgr-model.test.ts',
    variable: 'EASYNC_LOCKMGR_RUNS',
    operations: 5_000,
    seconds: 20,
  },
  {
    name: 'what races a grant of the lock manager',
    file: 'test/sync/lockmgr-turns.test.ts',
    variable: 'EASYNC_LOCKMGR_RUNS',
    operations: 10_000,
    seconds: 30,
  },
  {
    name: 'pager and kernels',
    file: 'test/pager/model.test.ts',
    variable: 'EASYNC_PAGER_WORLDS',
    operations: 2_000,
    seconds: 20,
  },
  {
    name: 'simulated histories',
    file: 'test/simulation/random.test.ts',
    variable: 'EASYNC_SIMULATIONS',
    operations: 300,
    seconds: 10,
  },
  {
    name: 'simulated travels of a receive right',
    file: 'test/simulation/moving.test.ts',
    variable: 'EASYNC_SIMULATIONS',
    operations: 300,
    seconds: 10,
  },
  {
    name: 'simulated last clients',
    file: 'test/simulation/last-client.test.ts',
    variable: 'EASYNC_SIMULATIONS',
    operations: 300,
    seconds: 20,
  },
  {
    name: 'simulated transfers of rights',
    file: 'test/simulation/transfer.test.ts',
    variable: 'EASYNC_SIMULATIONS',
    operations: 300,
    seconds: 30,
  },
  {
    name: 'kill -9',
    file: 'test/chaos/kill.test.ts',
    variable: 'EASYNC_CHAOS_ROUNDS',
    operations: 40,
    seconds: 30,
  },
  {
    name: 'kill -9 among transfers of rights',
    file: 'test/chaos/transfer.test.ts',
    variable: 'EASYNC_TRANSFER_SECONDS',
    lasts: 60,
    seconds: 75,
  },
  {
    name: 'kill -9 and SIGSTOP under shared memory',
    file: 'test/chaos/memory.test.ts',
    variable: 'EASYNC_MEMORY_CHAOS_SECONDS',
    lasts: 60,
    seconds: 90,
  },
  {
    name: 'kill -9 and SIGSTOP under futexes',
    file: 'test/chaos/futex.test.ts',
    variable: 'EASYNC_FUTEX_CHAOS_SECONDS',
    lasts: 60,
    seconds: 90,
  },
  {
    name: 'sleepers at a broker against their model',
    file: 'test/broker/sleep/model.test.ts',
    variable: 'EASYNC_SLEEP_RUNS',
    operations: 10_000,
    seconds: 20,
  },
  {
    name: 'wakeups between processes',
    file: 'test/sync/between-processes.test.ts',
    variable: 'EASYNC_WAKEUPS',
    operations: 100_000,
    seconds: 90,
  },
  {
    name: 'kill -9 and SIGSTOP of sleepers and wakers',
    file: 'test/chaos/sleep.test.ts',
    variable: 'EASYNC_SLEEP_CHAOS_SECONDS',
    lasts: 60,
    seconds: 90,
  },
  {
    name: 'simulated clients of a shared lock',
    file: 'test/sync/shared-lockmgr/history.test.ts',
    variable: 'EASYNC_SIMULATIONS',
    operations: 1_000,
    seconds: 60,
  },
  {
    name: 'kill -9 under a shared lock',
    file: 'test/sync/shared-lockmgr/chaos.test.ts',
    variable: 'EASYNC_LOCK_CHAOS_SECONDS',
    lasts: 60,
    seconds: 75,
  },
  {
    name: 'kill -9 under SQLite',
    file: 'test/sqlite/kill.test.ts',
    variable: 'EASYNC_SQLITE_KILLS',
    operations: 20,
    seconds: 60,
  },
  {
    name: 'power failures under SQLite',
    file: 'test/sqlite/power.test.ts',
    variable: 'EASYNC_SQLITE_KILLS',
    operations: 100,
    seconds: 30,
  },
  {
    name: 'many rows of SQLite',
    file: 'test/sqlite/workload.test.ts',
    variable: 'EASYNC_SQLITE_ROWS',
    setting: '100000',
    seconds: 20,
  },
  {
    name: 'examples in test mode',
    file: 'test/examples',
    variable: 'EASYNC_EXAMPLES',
    setting: 'full',
    seconds: 40,
  },
  {
    name: 'page machines explored',
    file: 'test/explorer/explorer.test.ts',
    variable: 'EASYNC_EXPLORER',
    setting: 'full',
    seconds: 120,
  },
  {
    name: 'sleepers of several kernels explored',
    file: 'test/sleep/kernels',
    variable: 'EASYNC_EXPLORER',
    setting: 'full',
    seconds: 120,
  },
  {
    name: 'lock machines explored',
    file: 'test/lock',
    variable: 'EASYNC_EXPLORER',
    setting: 'full',
    seconds: 200,
  },
  {
    name: 'sleep and wakeup explored',
    file: 'test/sleep/explorer.test.ts',
    variable: 'EASYNC_EXPLORER',
    setting: 'full',
    seconds: 60,
  },
  {
    name: 'tasks that sleep, and their broker, explored',
    file: 'test/broker/sleep/explorer/explorer.test.ts',
    variable: 'EASYNC_EXPLORER',
    setting: 'full',
    seconds: 60,
  },
];

/** A loaded machine may take longer than the last time. */
const MARGIN = 1.3;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new TypeError(`--minutes takes a number above 0, not ${values.minutes}`);

const end = performance.now() + minutes * 60_000;
const first = values.seed === undefined ? randomInt(1, 1_000_000) : Number(values.seed);
let rounds = 0;
let operations = 0;
let last = first;
for (let seed = first; await soakRound(seed); seed += SEEDS_PER_ROUND) {
  rounds += 1;
  last = seed;
}
console.log(`soak: ${rounds} rounds, ${operations} operations, seeds ${first}…${last}`);

/** Runs every proof that still fits. Answers whether any did. */
async function soakRound(seed) {
  let ran = false;
  for (const proof of PROOFS) {
    if (performance.now() + proof.seconds * MARGIN * 1000 > end) continue;
    await prove(proof, seed);
    ran = true;
  }
  return ran;
}

async function prove(proof, seed) {
  const { name, file, variable, operations: count = 0, lasts, setting } = proof;
  const settings = { [variable]: String(setting ?? lasts ?? count), EASYNC_SEED: String(seed) };
  const start = performance.now();
  const { code, output } = await vitest(file, settings);
  proof.seconds = (performance.now() - start) / 1000;
  if (code === null && performance.now() >= end) return console.log(`${name}, seed ${seed}: stopped, the time is up`);
  if (code !== 0) {
    const replay = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    console.log(`${output}\n${name}, seed ${seed}: FAILED; to replay it:\n${replay.join(' ')} npx vitest run ${file}`);
    process.exit(1);
  }
  operations += count;
  const amount = setting ?? (lasts === undefined ? `${count} operations` : `held for ${lasts} s`);
  console.log(`${name}, seed ${seed}: ${amount} in ${proof.seconds.toFixed(1)} s`);
  if (setting !== undefined) proof.seconds = Infinity;
}

/** The code is null if the time was up before it had ended. */
async function vitest(file, settings) {
  // A process group of its own, so that whatever it has started ends with it.
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', file], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const group = -Number(child.pid);
  const timeUp = setTimeout(() => process.kill(group, 'SIGKILL'), Math.max(0, end - performance.now()));
  const [[code], ...output] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  clearTimeout(timeUp);
  return { code, output: output.join('') };
}
