import { Violation } from '../../../explorer/explore.ts';
import type { System } from './system.ts';
import type { Whole } from './whole.ts';

/** In every state. */
export function checkAlways({ broker, isListed, fault }: System, whole: Whole): void {
  const { sleepers, entries, down } = whole;
  const inQueue = entries.map(({ task, asleep }) => `${task} ${asleep ? 'asleep' : 'prepared'}`).join();
  must('the broker knows who sleeps', broker.queue === inQueue, `its queue is ${broker.queue}, and not ${inQueue}`);
  for (const [index, { at, isThere, number }] of sleepers.entries()) {
    if (!['prepared', 'looked', 'sleeping'].includes(at) || !isThere) continue;
    const isWaiting = entries.some(({ task, sleeper }) => task === index + 1 && sleeper === number);
    const isWoken = down[index]?.some((said) => said.say === 'woken' && said.sleeper === number) === true;
    // Who does not wait for the answer is told of by the other rules.
    const isWrong = fault !== 'nobody waits for the answer' && !isWaiting && !isWoken;
    must('who was told that it is in the queue is there', !isWrong, `sleeper ${index + 1}, ${at}, is not`);
  }
  const isSeen = entries.length === 0 || isListed(whole) || fault === 'the table is late';
  must('who is in the queue is in the table', isSeen, inQueue);
}

/** Nothing happens any more by itself. */
export function checkQuiet({ bounds, isListed }: System, whole: Whole): void {
  for (const [index, { at }] of whole.sleepers.entries()) {
    const who = `sleeper ${index + 1}`;
    const isOver = at === 'done' || at === 'gone' || at === 'dead';
    must('everybody gets an outcome', isOver || at === 'sleeping', `${who} is ${at} for ever`);
    const isThere = bounds.wake === 'one' ? whole.things > 0 : whole.things >= bounds.wakers;
    must('no wakeup is lost', at !== 'sleeping' || !isThere, `${who} sleeps, and what it waits for is there`);
  }
  for (const { at } of whole.wakers) must('everybody gets an outcome', at === 'done', `a waker is ${at} for ever`);
  const isWanted = whole.sleepers.some(({ at }) => at === 'sleeping');
  must('the table is empty when nobody sleeps', isWanted || !isListed(whole), 'it is not');
}

function must(rule: string, holds: boolean, what: string): void {
  if (!holds) throw new Violation(rule, what);
}
