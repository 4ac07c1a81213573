import { bind, defineDriver } from 'easync';
import { Client, Launcher, Tool } from './subsystems.js';

/** Finds the tool and keeps its right to it until it ends: by itself, or by kill -9. */
export default defineDriver(Client, () => {
  let tool;
  return {
    async work({ launcher: right }) {
      const launcher = bind(Launcher, right);
      tool = bind(Tool, (await launcher.find()).tool);
      launcher[Symbol.dispose]();
      return { client: process.pid, server: await tool.use() };
    },
  };
});
