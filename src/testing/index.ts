export { type Open, placements, type PlacementsOptions, type Setting } from './placements.ts';
export type { Row } from './rows.ts';
export type { DriverUnderTest } from './stage.ts';
export type { Runner } from './runner.ts';
export { simulate, type Simulation } from './simulate.ts';
