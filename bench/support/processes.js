import { readFileSync } from 'node:fs';

/** Microseconds of one tick of the clock in /proc: 100 a second on every Linux that Node runs on. */
const TICK_MICROS = 10_000;

/**
 * CPU time of all threads of these processes, in microseconds.
 *
 * @param {readonly number[]} pids
 */
export function cpuMicros(pids) {
  let ticks = 0;
  for (const pid of pids) {
    // The command's name, in brackets, may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_MICROS;
}

/**
 * How much of the machine others use from now on: the answer is in cores, the average since.
 *
 * @param {readonly number[]} own
 */
export function othersLoad(own) {
  const others = () => machineMicros() - cpuMicros(own);
  const before = others();
  const start = performance.now();
  return () => (others() - before) / 1000 / (performance.now() - start);
}

/** CPU time that anybody on this machine has used, in microseconds. */
function machineMicros() {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 8).map(Number);
  return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0)) * TICK_MICROS;
}

/**
 * Resident memory in MB (10⁶ bytes).
 *
 * @param {number} pid
 */
export function residentMB(pid) {
  const kib = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}
