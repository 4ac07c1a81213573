import { defineDriver, move } from '../support/easync.js';
import { add } from './add.js';
import { Bench } from './bench-subsystem.js';

export default defineDriver(Bench, () => {
  let posted = 0;
  return {
    add,
    post() {
      posted += 1;
    },
    posted: () => posted,
    echo: ({ data }) => data,
    moved: ({ data }) => move(data),
    pid: () => process.pid,
  };
});
