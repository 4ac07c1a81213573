export {
  type DriverUnderTest,
  type Open,
  placements,
  type PlacementsOptions,
  type Row,
  type Setting,
} from './placements.ts';
export type { Runner } from './runner.ts';
export { simulate, type Simulation } from './simulate.ts';
