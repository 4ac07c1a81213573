import type { RunResult } from './result.ts';

/** One run for people. */
export function toText(run: RunResult, brokers: readonly string[]): string {
  const { killed, stopped } = run.troubles;
  const { within, between } = run;
  const perLock = (run.messages / run.locks).toFixed(3);
  return [
    `${TITLES[run.parts]}: counted to ${count(run.value)} in ${(run.ms / 1000).toFixed(1)} s`,
    ...brokers.map((broker, index) => `  ${broker.padEnd(10)} ${sharesOf(run, index, brokers.length)}`),
    `  hand-offs  ${count(within)} within a broker, ${count(between)} between brokers`,
    `  messages   ${count(run.messages)} between brokers and pager for ${count(run.locks)} locks, ${perLock} each;` +
      ` ${count(run.saved)} saved`,
    `  killed     task ${killed.task} (process ${killed.pid}), within its increment ${count(killed.counted)}, which the next owner completed`,
    `  stopped    task ${stopped.task} (process ${stopped.pid}), for ${stopped.ms} ms, in which ${stopped.meanwhile} others got in`,
    run.isExact
      ? '  exact      every increment is there, once'
      : '  NOT EXACT  what is there is not what they say they did',
  ].join('\n');
}

const TITLES = {
  'I-IV': 'Parts I to IV, brokers keep the futex',
  'I-II': 'Parts I and II alone, every lock asks the pager',
};

/** Of the tasks of one broker. */
function sharesOf({ shares }: RunResult, broker: number, brokers: number): string {
  const each = shares.length / brokers;
  return shares
    .slice(broker * each, (broker + 1) * each)
    .map((share) => count(share).padStart(7))
    .join('  ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
