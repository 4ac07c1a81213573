import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { CONTENDERS } from './contenders/contender.js';
import { runJob } from './support/job.js';
import { jobsOf } from './support/jobs.js';
import { readOptions } from './support/options.js';
import { possiblePlacements } from './support/placement.js';
import { prepare } from './support/prepare.js';
import { report } from './support/report.js';
import { spread } from './support/stats.js';
import { Summary } from './support/summary.js';
import { shown } from './support/table.js';

const options = readOptions(process.argv.slice(2));
const { placements, missing } = possiblePlacements();
const jobs = jobsOf(placements, options.only);
prepare();

const at = new Date().toISOString();
/** @type {import('./support/job.js').Result[]} */
const results = [];
for (let round = 0; round < options.rounds; round++) {
  // Each round starts with another one: no contender always follows the same neighbour's mess.
  const turn = Math.floor((round * jobs.length) / options.rounds);
  for (const job of [...jobs.slice(turn), ...jobs.slice(0, turn)]) {
    progress(
      `round ${round + 1}/${options.rounds}: ${[job.bench, job.contender, job.placement].filter(Boolean).join(', ')}`,
    );
    results.push(await runJob(job, round));
  }
}
progress('');

const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${process.platform}, Node ${process.version}`;
const load = spread(results.flatMap((result) => result.figures['other load']?.['cores'] ?? []));
process.stdout.write(`${at}, rounds: ${options.rounds}, median (least–greatest round). ${machine}.\n`);
process.stdout.write(`Cores busy with other things meanwhile: ${shown(load)}.\n`);
for (const text of missing) process.stdout.write(`Not measured: ${text}.\n`);
process.stdout.write(`\n${report(new Summary(results), placements)}\n`);
for (const [name, { about }] of Object.entries(CONTENDERS)) process.stdout.write(`- **${name}**: ${about}\n`);

if (options.json !== undefined) {
  writeFileSync(
    options.json,
    `${JSON.stringify({ at, machine, rounds: options.rounds, missing, results }, null, 2)}\n`,
  );
}

/** @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
