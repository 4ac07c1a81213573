import { defineDriver } from 'easync';
import { Plugin } from '../subsystems.js';

export default defineDriver(Plugin, () => {
  const kept = [];
  return {
    greet() {
      for (let i = 0; i < 1e6; i += 1) kept.push({ i });
      return 'hello';
    },
  };
});
