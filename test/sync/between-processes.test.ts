import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { make, move, type SendRight } from 'easync';
import { describe, expect, test } from 'vitest';
import { Peer } from '../os/peer.ts';
import { FutexLab, type FutexObject } from '../task/memory/futex-lab.ts';
import { environment, type Native } from '../task/memory/lab.ts';

// Two processes that take turns (fixtures/turns.js): the next wakeup is sent only after the last has been of use, and who sleeps for
// long while it is its turn has lost one.

/** In all, over all games and forms. `EASYNC_WAKEUPS=1000000`: the long proof. */
const WAKEUPS = Number(process.env['EASYNC_WAKEUPS'] ?? 2_000);
const PROGRAM = fileURLToPath(new URL('./fixtures/turns.js', import.meta.url));

type Form = { broker: Native; players: readonly [Native, Native] };
type Game = { ident: 'port' | 'word'; where: 'file' | 'region'; how: string; wake: string; sleepers: number };

const HOW = {
  unlocked: 'prepare, look, sleep',
  locked: 'lock, look, prepare, release, sleep',
  oneStep: 'lock, look, sleep without it',
};

const GAMES: readonly Game[] = (
  [
    ['port', 'file'],
    ['word', 'region'],
  ] as const
).flatMap(([ident, where]) => [
  { ident, where, how: HOW.unlocked, wake: 'all', sleepers: 1 },
  { ident, where, how: HOW.locked, wake: 'all', sleepers: 1 },
  { ident, where, how: HOW.oneStep, wake: 'one', sleepers: 1 },
  { ident, where, how: HOW.unlocked, wake: 'one', sleepers: 3 },
  { ident, where, how: HOW.unlocked, wake: 'domain', sleepers: 2 },
]);

const MIXED: Form = { broker: 'with koffi', players: ['with koffi', 'without koffi'] };
const ALIKE: readonly Form[] = (['with koffi', 'without koffi'] as const).map((native) => ({
  broker: native,
  players: [native, native],
}));
/** One of each is enough to see that both ways work. */
const FORMS = process.env['EASYNC_WAKEUPS'] === undefined ? [MIXED] : [MIXED, ...ALIKE];
const PER_FORM = Math.ceil(WAKEUPS / FORMS.length / GAMES.length) * GAMES.length;

describe.each(FORMS)('broker $broker, players $players', (form) => {
  test(`no wakeup is lost among ${PER_FORM}`, { timeout: 60_000 + WAKEUPS * 2 }, async () => {
    await using table = await Table.open(form);
    const turns = PER_FORM / GAMES.length;
    for (const game of GAMES) {
      const said = `${game.how}; ident: ${game.ident}, wakes ${game.wake}, ${game.sleepers} sleepers`;
      const start = performance.now();
      const [first, second] = await table.play(game, turns);
      expect([first?.lost, second?.lost], said).toEqual([[], []]);
      const woken = (first?.woken ?? 0) + (second?.woken ?? 0);
      // In one step nobody is in the queue before it has lost the race for the lock: some turns come without a sleep.
      expect(woken, said).toBeGreaterThan(game.how === HOW.oneStep ? 0 : turns / 2);
      if (turns >= 10_000) {
        const seconds = ((performance.now() - start) / 1000).toFixed(1);
        console.log(`${said}: ${turns} wakeups, ${woken} times somebody was asleep, ${seconds} s`);
      }
    }
  });
});

type Score = { woken: number; lost: string[] };

/** A broker, an object, two ports, and the two. */
class Table implements AsyncDisposable {
  readonly #lab: FutexLab;
  readonly #object: FutexObject;
  readonly #file: string;
  readonly #players: readonly Peer[];

  private constructor(lab: FutexLab, object: FutexObject, file: string, players: readonly Peer[]) {
    this.#lab = lab;
    this.#object = object;
    this.#file = file;
    this.#players = players;
  }

  static async open({ broker, players: natives }: Form): Promise<Table> {
    const lab = await FutexLab.start(broker);
    const object = await lab.object();
    const file = lab.broker.scratch.join('number');
    writeFileSync(file, new Uint8Array(4));
    const { task, names } = lab.here;
    for (const player of [0, 1]) {
      const right: SendRight = make.send(task.allocate({ label: `ident ${player}` }));
      await names.register({ name: `ident ${player}`, port: move(right) });
    }
    const players = natives.map((native) => new Peer({ program: PROGRAM, env: environment(native) }));
    await Promise.all(
      players.map(async (player, which) =>
        expect(await player.ask('attach', lab.broker.socket, object.name, file, which)).toBeUndefined(),
      ),
    );
    return new Table(lab, object, file, players);
  }

  async play(game: Game, turns: number): Promise<Score[]> {
    await this.#object.regions[0].write(0, new Uint8Array(4));
    const file = openSync(this.#file, 'r+');
    writeSync(file, new Uint8Array(4));
    closeSync(file);
    return Promise.all(this.#players.map(async (player) => (await player.ask('play', game, turns)) as Score));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const player of this.#players) await player[Symbol.asyncDispose]();
    await this.#object[Symbol.asyncDispose]();
    await this.#lab[Symbol.asyncDispose]();
  }
}
