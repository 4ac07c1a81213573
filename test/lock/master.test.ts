import { describe, expect, it } from 'vitest';
import { isFree, type MasterEffect } from '../../src/lock/index.ts';
import { MasterRig } from './rig.ts';

const granted = (keeper: number, gen: number, { condition = 0, recall = false } = {}): MasterEffect => ({
  type: 'granted',
  keeper,
  reqId: keeper * 10,
  gen,
  condition,
  recall,
});
const failed = (keeper: number, code: Extract<MasterEffect, { type: 'failed' }>['code']): MasterEffect => ({
  type: 'failed',
  keeper,
  reqId: keeper * 10,
  code,
});
const recall = (keeper: number, gen: number): MasterEffect => ({ type: 'recall', keeper, gen });

/** The first has it, the others wait. */
function masterWith(...keepers: number[]): MasterRig {
  const rig = new MasterRig();
  for (const keeper of keepers) rig.lock(keeper);
  return rig;
}

describe('pager.md §2.4', () => {
  it('lock_futex, free: granted', () => {
    expect(masterWith().lock(1)).toEqual([granted(1, 1)]);
  });

  it('lock_futex, not free: it waits, and the holder is asked once', () => {
    const rig = masterWith(1);
    expect([...rig.lock(2), ...rig.lock(3)]).toEqual([recall(1, 1)]);
    expect(rig.master).toMatchObject({ holder: 1, isRecalled: true });
    expect(rig.master.queue.map(({ keeper }) => keeper)).toEqual([2, 3]);
  });

  it('lock_futex NOQUEUE, free: granted', () => {
    expect(masterWith().lock(1, true)).toEqual([granted(1, 1)]);
  });

  it('lock_futex NOQUEUE, not free: EAGAIN, and recalled all the same, so that another try succeeds', () => {
    const rig = masterWith(1);
    expect(rig.lock(2, true)).toEqual([recall(1, 1), failed(2, 'EAGAIN')]);
    expect(rig.lock(2, true)).toEqual([failed(2, 'EAGAIN')]);
    rig.release(1, 1);
    expect(rig.lock(2, true)).toEqual([granted(2, 2)]);
  });

  it('lock_futex by the holder, or twice: refused, and nothing changes', () => {
    const rig = masterWith(1, 2);
    const before = structuredClone(rig.master);
    expect([...rig.lock(1), ...rig.lock(2)]).toEqual([
      failed(1, 'KERN_INVALID_ARGUMENT'),
      failed(2, 'KERN_INVALID_ARGUMENT'),
    ]);
    expect(rig.master).toEqual(before);
  });

  it('grant while others wait: the recall is in it, and is not sent once more', () => {
    const rig = masterWith(1, 2, 3);
    expect(rig.release(1, 1)).toEqual([granted(2, 2, { recall: true })]);
    expect(rig.lock(1)).toEqual([]);
    expect(rig.release(2, 2)).toEqual([granted(3, 3, { recall: true })]);
    expect(rig.release(3, 3)).toEqual([granted(1, 4)]);
    expect(rig.lock(2)).toEqual([recall(1, 4)]);
  });

  it('grant by a pager that recalls at once: Part II alone', () => {
    const rig = new MasterRig(true);
    expect(rig.lock(1)).toEqual([granted(1, 1, { recall: true })]);
    expect(rig.lock(2)).toEqual([]);
  });

  it('released: the condition is the holder’s word, whichever it is', () => {
    const rig = masterWith(1, 2, 3);
    expect(rig.release(1, 1, 1)).toEqual([granted(2, 2, { condition: 1, recall: true })]);
    expect(rig.release(2, 2, 0)).toEqual([granted(3, 3)]);
  });

  it('released by another, or of another grant: ignored', () => {
    const rig = masterWith(1, 2);
    rig.release(1, 1);
    const before = structuredClone(rig.master);
    expect([...rig.release(1, 1), ...rig.release(1, 2), ...rig.release(2, 1)]).toEqual([]);
    expect(rig.master).toEqual(before);
  });

  it('released as not recoverable: it is so for all, for good', () => {
    const rig = masterWith(1, 2, 3);
    expect(rig.release(1, 1, 2)).toEqual([failed(2, 'ENOTRECOVERABLE'), failed(3, 'ENOTRECOVERABLE')]);
    expect([...rig.lock(1), ...rig.lock(2, true)]).toEqual([
      failed(1, 'ENOTRECOVERABLE'),
      failed(2, 'ENOTRECOVERABLE'),
    ]);
    expect(isFree(rig.master)).toBe(false);
  });

  it('cancel_futex of what waits: it fails', () => {
    const rig = masterWith(1, 2);
    expect(rig.tell('cancel', { keeper: 2, reqId: 20 })).toEqual([failed(2, 'KERN_ABORTED')]);
    expect(rig.master.queue).toEqual([]);
  });

  it('cancel_futex of what was granted, or of another request: the grant is the answer', () => {
    const rig = masterWith(1, 2);
    expect(rig.tell('cancel', { keeper: 1, reqId: 10 })).toEqual([]);
    expect(rig.tell('cancel', { keeper: 2, reqId: 19 })).toEqual([]);
    expect(rig.master).toMatchObject({ holder: 1, queue: [{ keeper: 2, reqId: 20 }] });
  });

  it('the holder closes: the next is told that an owner may have died', () => {
    const rig = masterWith(1, 2);
    expect(rig.tell('leave', { keeper: 1 })).toEqual([granted(2, 2, { condition: 1 })]);
  });

  it('one that waits closes: nothing else', () => {
    const rig = masterWith(1, 2, 3);
    expect(rig.tell('leave', { keeper: 2 })).toEqual([]);
    expect(rig.release(1, 1)).toEqual([granted(3, 2)]);
  });

  it('forced revocation: the late one is told, the next has it, and what the late one says is worth nothing', () => {
    const rig = masterWith(1, 2);
    expect(rig.tell('expired', { gen: 1 })).toEqual([
      { type: 'fenced', keeper: 1, gen: 1 },
      granted(2, 2, { condition: 1 }),
    ]);
    expect(rig.release(1, 1)).toEqual([]);
    expect(rig.master).toMatchObject({ holder: 2, gen: 2 });
  });

  it('a timer of another grant, or of one that nobody wants: nothing', () => {
    const rig = masterWith(1);
    expect(rig.tell('expired', { gen: 1 })).toEqual([]);
    rig.lock(2);
    expect(rig.tell('expired', { gen: 7 })).toEqual([]);
    rig.release(1, 1);
    rig.release(2, 2);
    expect(rig.tell('expired', { gen: 2 })).toEqual([]);
    expect(isFree(rig.master)).toBe(true);
  });
});
