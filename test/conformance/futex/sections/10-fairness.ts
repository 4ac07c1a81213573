import type { System } from 'easync';
import { expect } from 'vitest';
import type { Attempt } from '../attempt.ts';
import { turn } from '../kernel.ts';
import { theme } from '../rules.ts';
import type { Served } from '../served.ts';

export const fairness = theme('§2.6, fairness', (rule) => {
  rule('brokers get it in the order in which they asked', async (stage) => {
    await using object = await stage.served();
    const held = await object.held(stage.west.user(0));
    const order: string[] = [];
    const waiting: Promise<unknown>[] = [];
    for (const [name, kernel] of [
      ['north', stage.north],
      ['east', stage.east],
    ] as const) {
      waiting.push(turnOf(object.lock(kernel.user(0)), () => order.push(name)));
      await object.settle();
    }
    await held.guard.unlock();
    await Promise.all(waiting);
    expect(order).toEqual(['north', 'east']);
  });

  rule('a yielding broker that wants it again is behind those who wait already', async (stage) => {
    await using object = await stage.served();
    const held = await object.held(stage.west.user(0));
    const order: string[] = [];
    const waiting: Promise<unknown>[] = [];
    for (const [name, user] of [
      ['east', stage.east.user(0)],
      ['north', stage.north.user(0)],
      ['west', stage.west.user(1)],
    ] as const) {
      waiting.push(turnOf(object.lock(user), () => order.push(name)));
      await object.settle();
    }
    await held.guard.unlock();
    await Promise.all(waiting);
    expect(order).toEqual(['east', 'north', 'west']);
  });

  rule(
    'one local critical section per broker ahead: users here that never stop do not keep others waiting',
    async (stage) => {
      await using object = await stage.served();
      const turns: string[] = [];
      let isOver = false;
      const greedy = [
        stage.west.user(0),
        stage.west.user(1),
        stage.west.user(2),
        stage.north.user(0),
        stage.north.user(1),
      ];
      const running = greedy.map((user, i) =>
        again(
          object,
          user,
          () => isOver,
          () => turns.push(i < 3 ? 'west' : 'north'),
        ),
      );
      const waits: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        const recalls = turns.length;
        const attempt = object.lock(stage.east.user(0));
        await attempt.settled;
        waits.push(turns.length - recalls);
        turns.push('east');
        await attempt.guard.unlock();
      }
      isOver = true;
      await Promise.all(running);
      expect(Math.min(...waits)).toBeLessThan(12);
      // After its recall is processed: one of each broker ahead. Before that its request is on its way.
      expect(turns.filter((name) => name === 'north').length).toBeGreaterThan(0);
    },
  );

  rule('all users of all brokers get their turns, and what they count is exact', async (stage) => {
    await using object = await stage.served();
    const users = stage.kernels.flatMap((kernel) => kernel.users);
    let inside = 0;
    let count = 0;
    const most = await Promise.all(
      users.map(async (user) => {
        let worst = 0;
        for (let i = 0; i < 3; i += 1) {
          const attempt = object.lock(user);
          await attempt.settled;
          inside += 1;
          worst = Math.max(worst, inside);
          count += 1;
          const region = object.region(user);
          const bytes = Buffer.from(await region.read(0, 4));
          bytes.writeUInt32LE(bytes.readUInt32LE() + 1);
          await region.write(0, bytes);
          inside -= 1;
          await attempt.guard.unlock();
        }
        return worst;
      }),
    );
    expect(Math.max(...most)).toBe(1);
    const [any] = users;
    if (any === undefined) throw new Error('no users');
    expect(Buffer.from(await object.region(any).read(0, 4)).readUInt32LE()).toBe(count);
  });
});

async function turnOf(attempt: Attempt, note: () => void): Promise<void> {
  await attempt.settled;
  note();
  await attempt.guard.unlock();
}

async function again(object: Served, user: System, isOver: () => boolean, note: () => void): Promise<void> {
  while (!isOver()) {
    const attempt = object.lock(user);
    await attempt.settled;
    note();
    await attempt.guard.unlock();
    // What completes in place gives nobody else in this process a turn, not even the pager.
    await turn();
  }
}
