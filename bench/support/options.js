import { parseArgs } from 'node:util';

const USAGE = `npm run bench -- [--rounds N] [--only NAME]... [--json FILE]
  --rounds N   rounds, 5 unless told; figures are medians over rounds
  --only NAME  a benchmark (inline, crossing, idle) or a contender (bare, easync, …); may be given several times
  --json FILE  every figure of every round, beside the summary`;

/** @param {readonly string[]} args */
export function readOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is a whole number from 1 up\n${USAGE}`);
  return { rounds, only: values.only, json: values.json };
}
