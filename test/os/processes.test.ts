import { readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { openNamelessFile } from '../../src/os/nameless-file.ts';
import { FORMS, isMapped } from './forms.ts';
import { Peer } from './peer.ts';

const PAGE = 4096;

// With koffi and without, on either side.
const PAIRS = FORMS.flatMap((maker) => [false, ...(isMapped ? [true] : [])].map((plain) => ({ ...maker, plain })));

describe.each(PAIRS)('memory of form $form, a peer without koffi: $plain', ({ form, create, plain }) => {
  test('each sees what the other does', async () => {
    using file = create(4 * PAGE);
    using memory = file.window(PAGE, PAGE);
    memory.store(4, 1);
    await using peer = new Peer({ plain });
    const isSealed = form === 'mapped' && !plain;
    expect(await peer.ask('open', process.pid, file.fd)).toEqual({
      fd: expect.any(Number) as number,
      bytes: 4 * PAGE,
      isSealed,
      kind: isSealed ? 'MappedMemory' : 'FileMemory',
    });
    expect(await peer.ask('load', PAGE + 4)).toBe(1);
    await peer.ask('store', PAGE + 8, 0xffff_fffe);
    await peer.ask('write', PAGE + 12, [1, 2, 3]);
    expect([memory.load(8), memory.load(12)]).toEqual([0xffff_fffe, 0x03_0201]);
    memory.write(100, Uint8Array.of(7, 8));
    expect(await peer.ask('read', PAGE + 99, 4)).toEqual([0, 7, 8, 0]);
    file.discard(PAGE + 100, 1);
    expect(await peer.ask('read', PAGE + 99, 4)).toEqual([0, 0, 8, 0]);
    await peer.ask('discard', PAGE, PAGE);
    expect(memory.load(8)).toBe(0);
  });

  test('a peer that shortens it harms nobody', async () => {
    using file = create(4 * PAGE);
    using memory = file.window(0, 4 * PAGE);
    memory.store(0, 1);
    memory.store(2 * PAGE, 2);
    await using peer = new Peer({ plain });
    await peer.ask('open', process.pid, file.fd);
    const answers = [await peer.ask('truncate', PAGE), await peer.ask('truncate', 8 * PAGE)];
    if (form === 'mapped') {
      expect(answers).toEqual(['EPERM', 'EPERM']);
      expect([memory.load(0), memory.load(2 * PAGE)]).toEqual([1, 2]);
    } else {
      await peer.ask('truncate', PAGE);
      expect(memory.load(0)).toBe(1);
      expect(() => memory.load(2 * PAGE)).toThrow(expect.objectContaining({ code: 'KERN_MEMORY_ERROR' }));
      expect(() => memory.read(PAGE - 1, new Uint8Array(2))).toThrow(
        expect.objectContaining({ code: 'KERN_MEMORY_ERROR' }),
      );
    }
  });
});

describe.each(isMapped ? [false, true] : [true])('without koffi: %s', (plain) => {
  test('loads and stores of two processes keep their order', async () => {
    await using one = new Peer({ plain });
    await using other = new Peer({ plain });
    // A file's words may be seen half written on some machines: they change in one byte only.
    const rounds = plain ? 250 : 500_000;
    const { fd } = (await one.ask('create', PAGE + 8 * rounds)) as { fd: number };
    await other.ask('open', one.pid, fd);
    await Promise.all([one.ask('goRound', 0, rounds), other.ask('goRound', 1, rounds)]);
    using file = openNamelessFile(one.pid, fd);
    using memory = file.window(PAGE, 8 * rounds);
    const seen = [0, 1].map((index) => {
      const rounds32 = new Uint32Array(rounds);
      memory.read(index * rounds32.byteLength, new Uint8Array(rounds32.buffer));
      return rounds32;
    });
    expect(missed(seen[0] ?? [], seen[1] ?? [])).toEqual([]);
  });

  test('a maker that is killed leaves its memory to who has it open, and nothing else', async () => {
    const before = placesOfMemory();
    await using maker = new Peer({ plain });
    await using holder = new Peer({ plain });
    const { fd } = (await maker.ask('create', 16 * PAGE)) as { fd: number };
    await maker.ask('store', 8, 5);
    using mine = openNamelessFile(maker.pid, fd);
    using memory = mine.window(0, PAGE);
    await holder.ask('open', maker.pid, fd);
    expect(placesOfMemory()).toEqual(before);
    maker.kill('SIGKILL');
    await maker.exited;
    memory.store(12, memory.load(8) + 1);
    expect([await holder.ask('load', 8), await holder.ask('load', 12)]).toEqual([5, 6]);
    expect(placesOfMemory()).toEqual(before);
  });
});

test.each(FORMS)('a process that this one starts does not inherit memory, $form', async ({ create }) => {
  using file = create(PAGE);
  const path = readlinkSync(`/proc/self/fd/${file.fd}`);
  expect(path).toMatch(/ \(deleted\)$/);
  await using child = new Peer();
  expect(await child.ask('descriptors')).not.toContain(path);
});

/**
 * The rounds in which neither saw the other's word: what one has not seen in its round, the other has written after, and it must
 * then see that round. Only a load that comes before the store ahead of it breaks that.
 */
function missed(one: ArrayLike<number>, other: ArrayLike<number>): number[] {
  return Array.from(one, (seen, index) => ({ round: index + 1, seenByOther: other[seen] ?? Infinity }))
    .filter(({ round, seenByOther }) => seenByOther < round)
    .map(({ round }) => round);
}

/** Where a name of shared memory could be. */
function placesOfMemory(): string[] {
  return ['/dev/shm', tmpdir()].flatMap((place) => readdirSync(place).filter((name) => name.includes('easync-memory')));
}
