// A bounded buffer of numbers in memory that processes share: how many were taken, how many were put, and the slots. The lock
// is another task's. Who finds no room sleeps on the first word, which a taker changes; who finds nothing on the second.
import { Owner, SharedLockmgr, sleep, wakeupOne } from 'easync/sync';

const SLOTS = 4;
const [TAKEN, PUT, FIRST_SLOT] = [0, 4, 8];
export const BYTES = 4096;

export async function openBuffer(task, { memory, lock }) {
  const region = await task.vm.map(memory, { size: BYTES });
  memory.deallocate();
  const [room, items] = [region.ident(TAKEN), region.ident(PUT)];
  const mutex = await SharedLockmgr.open(lock);
  const owner = new Owner();

  const word = Buffer.alloc(4);
  const slotOf = (count) => FIRST_SLOT + (count % SLOTS) * 4;
  async function load(at) {
    return Buffer.from(await region.read(at, 4)).readInt32LE();
  }
  async function store(at, number) {
    word.writeInt32LE(number);
    await region.write(at, word);
  }

  /** Has the lock, and something to do: `isReady` is looked at again after every sleep. */
  async function until(ident, isReady) {
    await mutex.exclusive(owner);
    for (;;) {
      const [taken, put] = [await load(TAKEN), await load(PUT)];
      if (isReady(put - taken)) return { taken, put };
      await sleep(ident, { lock: mutex.heldBy(owner) });
    }
  }

  return {
    async put(number) {
      const { put } = await until(room, (full) => full < SLOTS);
      await store(slotOf(put), number);
      await store(PUT, put + 1);
      await mutex.release(owner);
      await wakeupOne(items); // changed first, then woken: nobody misses it
    },

    async take() {
      const { taken } = await until(items, (full) => full > 0);
      const number = await load(slotOf(taken));
      await store(TAKEN, taken + 1);
      await mutex.release(owner);
      await wakeupOne(room);
      return number;
    },
  };
}
