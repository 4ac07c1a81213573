import { defineDriver } from 'easync';
import { openBuffer } from './buffer.js';
import { Consumer, END } from './subsystems.js';

export default defineDriver(Consumer, ({ task }) => ({
  async run({ memory, lock }) {
    const buffer = await openBuffer(task, { memory, lock });
    const took = [];
    for (;;) {
      const number = await buffer.take();
      if (number === END) return { took, from: process.pid };
      took.push(number);
    }
  },
}));
