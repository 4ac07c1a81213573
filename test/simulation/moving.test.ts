import { Call, defineSubsystem, doMsg, make, move, type ReceiveRight, type SendRight, simpleroutine } from 'easync';
import { type Simulation, simulate } from 'easync/testing';
import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../src/host/seeded-random.ts';

const FIRST = Number(process.env['EASYNC_SEED'] ?? 1);
const SEEDS = Number(process.env['EASYNC_SIMULATIONS'] ?? 20);
const STEPS = 120;

const Letters = defineSubsystem('letters', {
  write: simpleroutine<{ from: number; n: number }>(),
  hand: simpleroutine<{ port: ReceiveRight }>(),
  keep: simpleroutine<{ right: SendRight }>(),
});

describe('a receive right that travels between tasks that all send to it', () => {
  test(`what each sends arrives once and in order: seeds ${FIRST} to ${FIRST + SEEDS - 1}`, async () => {
    let moves = 0;
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const played = await play(seed);
      const replay = `replay with EASYNC_SEED=${seed} EASYNC_SIMULATIONS=1`;
      expect(played.received, replay).toEqual(played.sent);
      expect([...played.refused, ...played.left], replay).toEqual([]);
      moves += played.moves;
    }
    expect(moves).toBeGreaterThan(SEEDS * 5);
  });
});

type Played = { sent: number[][]; received: number[][]; refused: string[]; moves: number };

type Player = {
  /** Where the travelling right, and the rights to send to it, arrive. */
  mailbox: ReceiveRight;
  /** Send rights to every player's mailbox. */
  mailboxes: SendRight[];
  right: SendRight;
};

/** Players send numbered letters to one port; whoever has its receive right reads some, and hands it on. */
async function play(seed: number): Promise<Played & { left: unknown[] }> {
  const random = seededRandom(seed);
  const sim = await simulate(seed);
  const players = await attachPlayers(sim, 3);
  const base = sim.ports();
  const [first] = players;
  if (first === undefined) throw new TypeError('nobody plays');
  const game = new Game(sim, random, players, first.mailbox.task.allocate({ qlimit: 1 + random.below(6) }));
  await game.shareRight();
  for (let step = 0; step < STEPS; step += 1) await game.step();
  const played = await game.finish();
  await sim.run();
  const left = sim.ports().filter(({ task, name }) => !base.some((old) => old.task === task && old.name === name));
  await sim[Symbol.asyncDispose]();
  return { ...played, left };
}

async function attachPlayers(sim: Simulation, count: number): Promise<Player[]> {
  const players: Player[] = [];
  const doors: { mailbox: ReceiveRight; give: (name: string) => Promise<SendRight> }[] = [];
  for (let i = 0; i < count; i += 1) {
    const { task, names } = await sim.settle(sim.attach(`player ${i}`));
    const mailbox = task.allocate({ qlimit: 100 });
    await sim.settle(names.register({ name: `mailbox ${i}`, port: make.send(mailbox) }));
    doors.push({
      mailbox,
      give: async (name) => (await names.lookUp({ name })).port,
    });
  }
  for (const { mailbox, give } of doors) {
    const mailboxes: SendRight[] = [];
    for (let i = 0; i < count; i += 1) mailboxes.push(await sim.settle(give(`mailbox ${i}`)));
    players.push({ mailbox, mailboxes, right: make.send(mailbox) });
  }
  return players;
}

class Game {
  readonly #sim: Simulation;
  readonly #random: Random;
  readonly #players: Player[];
  readonly #sent: number[][];
  readonly #received: number[][];
  #port: ReceiveRight | null;
  #holder = 0;
  #moves = 0;
  readonly #refused: string[] = [];

  constructor(sim: Simulation, random: Random, players: Player[], port: ReceiveRight) {
    this.#sim = sim;
    this.#random = random;
    this.#players = players;
    this.#port = port;
    this.#sent = players.map(() => []);
    this.#received = players.map(() => []);
  }

  /** Every player gets a send right to the port. */
  async shareRight(): Promise<void> {
    for (const [i, player] of this.#players.entries()) {
      player.right.deallocate();
      const [maker, port] = [this.#players[0], this.#port];
      const mailbox = maker?.mailboxes[i];
      if (maker === undefined || mailbox === undefined || port === null) throw new TypeError('nobody to share with');
      if (maker === player) player.right = make.send(port);
      else {
        this.#post(mailbox, 'keep', { right: make.send(port) });
        player.right = rightIn(await this.#sim.settle(player.mailbox.receive()));
      }
    }
  }

  async step(): Promise<void> {
    const dice = this.#random.below(100);
    if (dice < 45) this.#write(this.#random.below(this.#players.length));
    else if (dice < 65) await this.#read();
    else if (dice < 80) this.#handOn(this.#random.below(this.#players.length));
    else if (dice < 90) await this.#find();
    else await this.#sim.advance(this.#random.below(3));
  }

  async finish(): Promise<Played> {
    while (this.#port === null) await this.#find();
    const isThere = (): boolean => this.#received.flat().length === this.#sent.flat().length;
    while (!isThere() && (await this.#read()));
    for (const { right } of this.#players) right.deallocate();
    this.#port.destroy();
    await this.#sim.run();
    return { sent: this.#sent, received: this.#received, refused: this.#refused, moves: this.#moves };
  }

  #write(from: number): void {
    const [player, sent] = [this.#players[from], this.#sent[from]];
    if (player === undefined || sent === undefined) return;
    const n = sent.length;
    sent.push(n);
    this.#post(player.right, 'write', { from, n });
  }

  /** Reads one letter, if one comes. */
  async #read(): Promise<boolean> {
    if (this.#port === null) return false;
    try {
      const { body } = await this.#sim.settle(this.#port.receive({ timeoutMs: 50 }));
      const { from, n } = body as { from: number; n: number };
      this.#received[from]?.push(n);

      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'MACH_RCV_TIMED_OUT' });
      return false;
    }
  }

  #handOn(to: number): void {
    const mailbox = this.#players[this.#holder]?.mailboxes[to];
    if (this.#port === null || mailbox === undefined) return;
    this.#post(mailbox, 'hand', { port: move(this.#port) });
    this.#port = null;
    this.#holder = to;
    this.#moves += 1;
  }

  async #find(): Promise<void> {
    const mailbox = this.#players[this.#holder]?.mailbox;
    if (this.#port !== null || mailbox === undefined) return;
    const { body } = await this.#sim.settle(mailbox.receive());
    this.#port = (body as { port: ReceiveRight }).port;
  }

  #post(to: SendRight, routine: 'write' | 'hand' | 'keep', body: unknown): void {
    const call = new Call(Letters.ids.get(routine) ?? 0, body);
    call.oneWay = true;
    void Promise.resolve(doMsg(to, call)).then((code) => code === 0 || this.#refused.push(`${routine}: ${code}`));
  }
}

function rightIn({ body }: { body: unknown }): SendRight {
  return (body as { right: SendRight }).right;
}
