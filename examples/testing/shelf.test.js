// npx vitest run --root examples/testing
import { placements } from 'easync/testing';
import { expect, test } from 'vitest';
import { Shelf } from './shelf.js';

const shelf = { subsystem: Shelf, module: new URL('./shelf.js', import.meta.url), options: { room: 2 } };

placements(shelf, (open) => {
  test('what was put is taken, in order', async () => {
    const here = await open();
    await here.put({ label: 'a', data: Uint8Array.of(1) });
    expect(await here.put({ label: 'b', data: Uint8Array.of(2) })).toBe(2);
    expect(await here.take()).toEqual({ label: 'a', data: Uint8Array.of(1) });
    expect(await here.take()).toEqual({ label: 'b', data: Uint8Array.of(2) });
  });

  test('a parcel is what it was when it was put', async () => {
    const here = await open();
    const data = new Uint8Array(4);
    await here.put({ label: 'a', data });
    data.fill(7);
    expect((await here.take()).data).toEqual(new Uint8Array(4));
  });

  test('who comes too early waits', async () => {
    const here = await open();
    const taken = here.take();
    expect(await here.put({ label: 'late', data: Uint8Array.of(3) })).toBe(0);
    expect(await taken).toMatchObject({ label: 'late' });
  });

  test('a full shelf says so', async () => {
    const here = await open({ room: 0 });
    const put = here.put({ label: 'a', data: Uint8Array.of(1) });
    await expect(put).rejects.toThrow(new RangeError('no room for a'));
  });
});
