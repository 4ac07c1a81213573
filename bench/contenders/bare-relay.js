import { startBare } from './bare.js';

/** @type {import('./contender.js').Start} */
export const start = () => startBare('relay', ['bare-server']);
