import { Sleeps } from '../../../src/broker/sleep/sleeps.ts';
import type { Code } from '../../../src/errors.ts';
import type { Place } from '../../../src/broker/sleep/other-kernels.ts';
import { openPublishedWords, type PublishedByOther } from '../../../src/os/published-words.ts';

export const PORT = { port: 1 } as const;
export const WORD = { object: 5, offset: 8 } as const;
export const LIMITS = { sleepers: 8, idents: 4 };

/** The broker's side of sleep and wakeup, with what it tells tasks and pagers, and its table as tasks see it. */
export class Rig implements Disposable {
  readonly sleeps: Sleeps;
  /** What tasks were told since the last look. */
  #woken: [task: number, sleepers: number[]][] = [];
  /** What the machine of memory objects was to tell pagers, where there is anybody to tell. */
  readonly said: (Place & { one?: boolean })[] = [];
  /** Where wakeups of others need not come any more. */
  readonly ignored: Place[] = [];
  /** What `listen` answers. */
  listens: Code | 'asked' = 0;
  /** Whether there is room to tell a pager of a wakeup. */
  hasRoom = true;
  #words: PublishedByOther | null = null;

  constructor(limits: Partial<typeof LIMITS> = {}) {
    this.sleeps = new Sleeps(
      { ...LIMITS, ...limits },
      {
        woken: (task, sleepers) => void this.#woken.push([task, sleepers]),
        reaches: () => true,
        listen: (place) => {
          this.said.push(place);
          return this.listens;
        },
        ignore: (place) => void this.ignored.push(place),
        wakeup: (place, one) => {
          if (this.hasRoom) this.said.push({ ...place, one });
          return this.hasRoom;
        },
      },
    );
  }

  open(task: number, key: typeof PORT | typeof WORD): number {
    const opened = this.sleeps.open(task, key);
    if ('code' in opened) throw new Error(opened.code);
    return opened.ident;
  }

  /** As often as it was opened, by whatever here. */
  forget(task: number, ident: number): void {
    while (this.sleeps.forget(task, ident) === 0);
  }

  /** What it answers, and null as long as it does not. */
  prepare(task: number, sleeper: number, ident: number, { domain = 0, asleep = false } = {}): { code: Code | null } {
    return answered((answer) => this.sleeps.prepare(task, { ident, sleeper, domain, asleep }, answer));
  }

  wakeup(task: number, ident: number, { domain = 0, one = false } = {}): { code: Code | null } {
    return answered((answer) => this.sleeps.wakeup(task, { ident, domain, one }, answer));
  }

  /** Who was woken since the last time. */
  woken(): [task: number, sleepers: number[]][] {
    const woken = this.#woken;
    this.#woken = [];
    return woken;
  }

  /** What a task that reads the table sees there: somebody may sleep on it. */
  isListed(ident: number, task: number, key: typeof PORT | typeof WORD = PORT): boolean {
    const look = this.look(task, key);
    if (look.ident !== ident) throw new Error('it is another one');
    return look.isListed();
  }

  /** The same place of the table, whatever becomes of the ident. */
  look(task: number, key: typeof PORT | typeof WORD): { ident: number; isListed: () => boolean } {
    const opened = this.sleeps.open(task, key);
    if ('code' in opened) throw new Error(opened.code);
    const words = (this.#words ??= openPublishedWords(process.pid, opened.fd));
    return { ident: opened.ident, isListed: () => words.load(opened.word) !== 0 };
  }

  [Symbol.dispose](): void {
    this.#words?.[Symbol.dispose]();
    this.sleeps[Symbol.dispose]();
  }
}

function answered(ask: (answer: (code: Code) => void) => void): { code: Code | null } {
  const answer: { code: Code | null } = { code: null };
  ask((code) => {
    if (answer.code !== null) throw new Error('it answers twice');
    answer.code = code;
  });
  return answer;
}
