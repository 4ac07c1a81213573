export { Owner } from './owner.ts';
