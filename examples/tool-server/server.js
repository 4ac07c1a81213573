import { defineDriver } from 'easync';
import { Door, Server, Tool } from './subsystems.js';

/**
 * One process for all clients. It lives by the send rights to its tool and by nothing else: when the last of them is gone, it
 * shuts its door and ends. A right that the door has made since then counts: the notice that there are no senders says how many
 * had been made (mach.md §10), and one that is out of date is asked for again.
 */
export default defineDriver(Server, (env) => {
  const tool = env.serve(Tool, { use: () => process.pid }, { onNoSenders: () => door.close() });
  const door = env.serve(Door, { enter: () => ({ tool: tool.right() }) });
  return { door: () => ({ door: door.right() }) };
});
