import { IpcError, type System } from 'easync';
import { type Simulation, simulate } from 'easync/testing';
import { Lockmgr, Owner, serveLockmgr, SharedLockmgr } from 'easync/sync';
import { expect, test } from 'vitest';

/** Virtual milliseconds that a frame takes, so that a request takes four from send to answer. */
const DELAY_MS = 1;

// What a client does, and where it is meanwhile: before the first `say` of a step it has sent nothing of it.
const STEPS = {
  exclusive: (lock: SharedLockmgr, me: Owner) => lock.exclusive(me),
  'once more': (lock: SharedLockmgr, me: Owner) => lock.exclusive(me, { canRecurse: true }),
  'cancel begin': (lock: SharedLockmgr, me: Owner) => lock.cancelBegin(me),
  'release one': (lock: SharedLockmgr, me: Owner) => lock.release(me),
  downgrade: (lock: SharedLockmgr, me: Owner) => lock.downgrade(me),
  upgrade: (lock: SharedLockmgr, me: Owner) => lock.upgrade(me),
  release: (lock: SharedLockmgr, me: Owner) => lock.release(me),
} as const;

/** Between which of its steps a client holds the lock exclusively, for sure. */
const HOLDS = new Set(['exclusive', 'once more', 'cancel begin', 'release one', 'upgrade']);

test('a client is killed between any two steps: the next one gets the lock, and is told of a hold that died', async () => {
  const seen = { held: 0, free: 0, between: 0 };
  for (let at = 0; at < 36; at += 1) {
    const sim = await simulate(1);
    const world = await worldOf(sim);
    const { lock, victim } = world;
    let [last, isAnswered] = ['nothing', true];
    const me = new Owner('victim');
    const life = (async () => {
      const shared = await SharedLockmgr.open(world.rights.victim);
      for (const [name, step] of Object.entries(STEPS)) {
        [last, isAnswered] = [name, false];
        await step(shared, me);
        isAnswered = true;
      }
    })();
    life.catch(() => undefined);
    await sim.advance(at);
    sim.kill(victim);
    const [died, wasAnswered] = [last, isAnswered];
    const heir = await sim.settle(SharedLockmgr.open(world.rights.heir));
    const own = new Owner('heir');
    const { ownerDied } = await sim.settle(heir.exclusive(own));
    // Only of what was under way nobody can say whether the server had it.
    const holds = wasAnswered ? HOLDS.has(died) : undefined;
    if (holds !== undefined) expect(ownerDied, `killed after ${at} ms: ${died}`).toBe(holds);
    else if (['exclusive', 'downgrade', 'upgrade', 'release'].includes(died)) seen.between += 1;
    seen[ownerDied ? 'held' : 'free'] += 1;
    await sim.settle(heir.release(own));
    expect((await sim.settle(heir.exclusive(own))).ownerDied, 'told once').toBe(false);
    heir[Symbol.dispose]();
    await sim.run();
    expect(lock.inspect()).toMatchObject({ exclusive: 0, shared: [], waiting: [], isCancelling: false });
    await sim[Symbol.asyncDispose]();
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
});

test('a client is disposed of at any moment of a request: it knows whether it has the lock, and does not', async () => {
  const codes: unknown[] = [];
  for (let at = 0; at < 7; at += 1) {
    const sim = await simulate(1);
    const { lock, rights } = await worldOf(sim);
    const client = await sim.settle(SharedLockmgr.open(rights.victim));
    const request = client.exclusive(new Owner('victim')).then(
      () => 'granted',
      ({ code }: IpcError) => code,
    );
    await sim.advance(at);
    client[Symbol.dispose]();
    codes.push(await sim.settle(request));
    await sim.run();
    expect(lock.inspect()).toMatchObject({ exclusive: 0, waiting: [] });
    await sim[Symbol.asyncDispose]();
  }
  expect(codes).toEqual([...Array<string>(4).fill('ERELEASED'), ...Array<string>(3).fill('granted')]);
});

test('the server is killed between any two steps: every request settles, and says what has happened', async () => {
  for (let at = 0; at < 36; at += 1) {
    const sim = await simulate(1);
    const world = await worldOf(sim);
    const codes: unknown[] = [];
    const clients = (['victim', 'heir'] as const).map(async (label) => {
      try {
        const lock = await SharedLockmgr.open(world.rights[label]);
        const me = new Owner(label);
        for (;;) for (const step of Object.values(STEPS)) await step(lock, me);
      } catch (error) {
        codes.push(IpcError.is(error) ? error.code : error);
      }
    });
    await sim.advance(at);
    sim.kill(world.home);
    await sim.settle(Promise.all(clients));
    expect(codes, `killed after ${at} ms`).toEqual(['ESERVERDIED', 'ESERVERDIED']);
    await sim[Symbol.asyncDispose]();
  }
});

async function worldOf(sim: Simulation) {
  const home = await sim.settle(sim.attach('home'));
  const victim = await sim.settle(sim.attach('victim'));
  const heir = await sim.settle(sim.attach('heir'));
  const lock = new Lockmgr({ host: home.task.host });
  const port = serveLockmgr(home, lock);
  await sim.settle(home.names.register({ name: 'lock', port: port.right() }));
  const right = async (system: System) => (await sim.settle(system.names.lookUp({ name: 'lock' }))).port;
  const rights = { victim: await right(victim), heir: await right(heir) };
  for (const system of [home, victim, heir]) {
    sim.faults(system).toBroker.delay(DELAY_MS);
    sim.faults(system).fromBroker.delay(DELAY_MS);
  }
  return { home, victim, lock, rights };
}
