import { defineDriver, Group, serveFor } from '../driver/index.ts';

// What the process of a named group runs: a driver that runs others. Its opener lets go of it after the last of them has
// gone; should the opener die, they lose it too, and have their time to end in good order.
export default defineDriver(Group, (env) => {
  const { task } = env;
  const running = new Set<Promise<void>>();
  env.onClose(async () => void (await Promise.all(running)));
  return {
    load({ parent }) {
      const one = serveFor(task, parent)
        .catch((error: unknown) => {
          // Without a link there is no opener to miss it.
          if (!task.isClosed) task.warn(`a driver of the group failed: ${String(error)}`);
        })
        .finally(() => running.delete(one));
      running.add(one);
    },
  };
});
