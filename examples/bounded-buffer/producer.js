import { defineDriver } from 'easync';
import { openBuffer } from './buffer.js';
import { END, Producer } from './subsystems.js';

export default defineDriver(Producer, ({ task }) => ({
  async run({ memory, lock, numbers, consumers }) {
    const buffer = await openBuffer(task, { memory, lock });
    for (let number = 0; number < numbers; number += 1) await buffer.put(number);
    for (let i = 0; i < consumers; i += 1) await buffer.put(END);
    return { from: process.pid };
  },
}));
