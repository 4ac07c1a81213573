import { defineDriver } from 'easync';
import { Plugin } from '../subsystems.js';

export default defineDriver(Plugin, () => {
  const kept = [];
  return {
    greet() {
      kept.push(Array.from({ length: 1e6 }, (_, i) => ({ i })));
      return 'hello';
    },
  };
});
