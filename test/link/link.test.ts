import { describe, expect, test } from 'vitest';
import { DISP } from '../../src/kernel/types.ts';
import type { Link } from '../../src/link/link.ts';
import { deferred } from './deferred.ts';
import { encodeHead, kindOf } from '../../src/wire/index.ts';
import { type Ends, LINK_KINDS } from './kinds.ts';

describe.each(Object.entries(LINK_KINDS))('a %s link', (_kind, make) => {
  test('carries frames in order, both ways, bodies of every size', async () => {
    const { a, b } = await make();
    const sizes = [0, 1, 100, 65_535, 65_536, 65_537, 3_000_000, 5];
    const atA = collect(a);
    const atB = collect(b);
    for (const size of sizes) {
      a.send(head(1), body(size));
      b.send(head(2), body(size));
    }
    await Promise.all([atA.until(sizes.length), atB.until(sizes.length)]);
    expect(atA.frames.map(sum)).toEqual(sizes.map((size) => sum(frame(2, size))));
    expect(atB.frames.map(sum)).toEqual(sizes.map((size) => sum(frame(1, size))));
    await endBoth({ a, b }, atA, atB);
  });

  test('carries memory behind the body: each piece arrives as one that fills a buffer of its own', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b);
    const frames = [[1], [0], [], [70_000], [3_000_000, 0, 5, 200_000], [], [20_000, 300_000, 0]];
    frames.forEach((lengths, i) => {
      a.send(headOf(i, lengths), body(i * 1000), lengths.map(piece));
    });
    await atB.until(frames.length);
    expect(atB.frames.map((bytes) => [kindOf(bytes), sum(bytes)])).toEqual(
      frames.map((lengths, i) => [i, sum(Buffer.concat([headOf(i, lengths), body(i * 1000)]))]),
    );
    for (const [i, lengths] of frames.entries()) {
      const memory = atB.memory[i] ?? [];
      expect(memory.map((bytes) => [bytes.length, Buffer.compare(bytes, piece(bytes.length))])).toEqual(
        lengths.map((length) => [length, 0]),
      );
      for (const { buffer, length } of memory) expect(buffer.byteLength).toBe(length);
    }
    await endBoth({ a, b }, atA, atB);
  });

  test('takes the bytes at once: the caller may reuse its buffers', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b);
    const [small, large] = [body(10), body(1_000_000)];
    a.send(head(1), small);
    a.send(head(1), large);
    small.fill(0);
    large.fill(0);
    await atB.until(2);
    expect(atB.frames.map(sum)).toEqual([sum(frame(1, 10)), sum(frame(1, 1_000_000))]);
    await endBoth({ a, b }, atA, atB);
  });

  test('delivers what came before start', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    for (let i = 0; i < 40; i++) a.send(head(100 + i), body(5_000));
    a.flush();
    b.send(head(9));
    await atA.until(1);
    const atB = collect(b);
    await atB.until(40);
    expect(atB.frames.map(kindOf)).toEqual(Array.from({ length: 40 }, (_, i) => 100 + i));
    await endBoth({ a, b }, atA, atB);
  });

  test('close sends what is corked first, and both sides hear of the end once, without an error', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b);
    a.send(head(1), body(300_000));
    a.send(head(2));
    a.close();
    a.close();
    a.send(head(3));
    await Promise.all([atA.closed, atB.closed]);
    expect(atB.frames.map(kindOf)).toEqual([1, 2]);
    expect([atA.ends, atB.ends]).toEqual([[undefined], [undefined]]);
  });

  test('what was sent before the end is delivered even to one who starts after it', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    a.send(head(101));
    a.send(head(102));
    a.close();
    await atA.closed;
    await new Promise((resolve) => setImmediate(resolve));
    const atB = collect(b);
    await atB.closed;
    expect(atB.frames.map(kindOf)).toEqual([101, 102]);
  });

  test('sending to a peer that has just closed is no error', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b);
    b.close();
    while (atA.ends.length === 0) {
      a.send(head(100));
      a.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await atB.closed;
    expect([atA.ends, atB.ends]).toEqual([[undefined], [undefined]]);
  });

  test('a link that ended before start says so at start', async () => {
    const { a, b } = await make();
    const atB = collect(b);
    b.close();
    await atB.closed;
    a.destroy();
    const atA = collect(a);
    await atA.closed;
    expect(atA.ends).toEqual([undefined]);
  });

  test('tells when everything pending has been taken', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b);
    a.send(head(1), body(2_000_000));
    a.send(head(1), body(10));
    expect(a.pendingBytes).toBeGreaterThan(0);
    await atA.drained;
    expect(a.pendingBytes).toBe(0);
    await atB.until(2);
    await endBoth({ a, b }, atA, atB);
  });

  test('batches: what is sent in one tick arrives with fewer batch ends than frames', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b);
    for (let i = 0; i < 10; i++) {
      a.send(head(i));
      await Promise.resolve();
    }
    await atB.until(10);
    await atB.batchEnded;
    expect(atB.batches).toBe(1);
    await endBoth({ a, b }, atA, atB);
  });

  test('paused, it delivers nothing more, not even of the batch under way, and not the end; resumed, it goes on', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b, (frames) => {
      if (frames.length % 3 === 0) b.pause();
    });
    const sizes = [0, 10, 70_000, 1, 300_000, 5, 6, 7, 500_000, 3];
    for (const size of sizes.slice(0, 5)) a.send(head(1), body(size));
    a.flush();
    await atB.until(3);
    for (const size of sizes.slice(5)) a.send(head(1), body(size));
    a.close();
    await turns();
    expect([atB.frames.length, atB.ends.length]).toEqual([3, 0]);
    for (const count of [6, 9]) {
      b.resume();
      await atB.until(count);
      await turns();
      expect([atB.frames.length, atB.ends.length]).toEqual([count, 0]);
    }
    b.resume();
    await Promise.all([atA.closed, atB.closed]);
    expect(atB.frames.map(sum)).toEqual(sizes.map((size) => sum(frame(1, size))));
    expect(atB.ends).toEqual([undefined]);
  });

  test('paused, it holds back memory as well, and in order; resumed, it goes on', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b, () => b.pause());
    const frames = [[], [5], [300_000], [], [1_000_000, 0], [], [1], []];
    frames.forEach((lengths, i) => a.send(headOf(i, lengths), body(i), lengths.map(piece)));
    for (let count = 1; count <= frames.length; count++) {
      await atB.until(count);
      await turns();
      expect(atB.frames.map(kindOf)).toEqual(frames.slice(0, count).map((_, i) => i));
      b.resume();
    }
    expect(atB.memory.map((pieces) => pieces.map((bytes) => Buffer.compare(bytes, piece(bytes.length))))).toEqual(
      frames.map((lengths) => lengths.map(() => 0)),
    );
    expect(atB.memory.map((pieces) => pieces.map(({ length }) => length))).toEqual(frames);
    await endBoth({ a, b }, atA, atB);
  });

  test('paused, it can be closed', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const atB = collect(b, () => b.pause());
    a.send(head(1));
    a.send(head(2));
    await atB.until(1);
    b.destroy();
    await Promise.all([atA.closed, atB.closed]);
    b.resume();
    await turns();
    expect([atB.frames.length, atB.ends]).toEqual([1, [undefined]]);
  });

  test('a handler that throws loses the link, and hears why', async () => {
    const { a, b } = await make();
    const atA = collect(a);
    const error = new Error('cannot make sense of it');
    const closed = deferred<Error | undefined>();
    b.start({
      onFrame() {
        throw error;
      },
      onClose: closed.resolve,
    });
    a.send(head(1));
    expect(await closed.promise).toBe(error);
    await atA.closed;
  });
});

test('destroy loses what is corked', async () => {
  for (const make of [LINK_KINDS['socket'], LINK_KINDS['memory'], LINK_KINDS['port']]) {
    const { a, b } = (await make?.()) ?? expect.unreachable();
    const atA = collect(a);
    const atB = collect(b);
    a.send(head(1));
    a.destroy();
    await Promise.all([atA.closed, atB.closed]);
    expect(atB.frames).toEqual([]);
  }
});

function collect(link: Link, onFrame: (frames: Buffer[]) => void = () => {}) {
  const frames: Buffer[] = [];
  const memory: (readonly Uint8Array[])[] = [];
  const ends: (Error | undefined)[] = [];
  const closed = deferred<void>();
  const drained = deferred<void>();
  const batchEnded = deferred<void>();
  let waiter = { count: 0, resolve: () => {} };
  const seen = {
    frames,
    memory,
    ends,
    batches: 0,
    closed: closed.promise,
    drained: drained.promise,
    batchEnded: batchEnded.promise,
    until: (count: number) =>
      new Promise<void>((resolve) => {
        waiter = { count, resolve };
        if (frames.length >= count) resolve();
      }),
  };
  link.start({
    onFrame(frame, pieces) {
      frames.push(Buffer.from(frame));
      memory.push(pieces);
      if (frames.length === waiter.count) waiter.resolve();
      onFrame(frames);
    },
    onBatchEnd() {
      seen.batches++;
      batchEnded.resolve();
    },
    onDrain: drained.resolve,
    onClose(error) {
      ends.push(error);
      closed.resolve();
    },
  });
  return seen;
}

/** Long enough for whatever would be delivered. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function endBoth({ a, b }: Ends, ...sides: { closed: Promise<void> }[]): Promise<void> {
  a.close();
  b.close();
  await Promise.all(sides.map((side) => side.closed));
}

function head(kind: number): Buffer {
  return encodeHead({ kind });
}

/** Announces memory. */
function headOf(kind: number, lengths: readonly number[]): Buffer {
  return encodeHead(
    { kind },
    lengths.map((name) => ({ disp: DISP.MEMORY, name })),
  );
}

function body(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 7));
}

/** Memory that fills its buffer. */
function piece(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 13);
}

function frame(kind: number, size: number): Buffer {
  return Buffer.concat([head(kind), body(size)]);
}

/** Length and checksum, past the route that a shared link stamps. */
function sum(bytes: Buffer): string {
  let hash = bytes[1] ?? 0;
  for (let i = 64; i < bytes.length; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
  return `${bytes.length}:${hash}`;
}
