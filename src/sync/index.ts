export { Owner } from './owner.ts';
export { critical } from '../task/index.ts';
