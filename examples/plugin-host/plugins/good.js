import { defineDriver } from 'easync';
import { Plugin } from '../subsystems.js';

export default defineDriver(Plugin, () => ({ greet: () => 'hello' }));
