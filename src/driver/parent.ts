import type { SendRight } from '../task/index.ts';
import { defineSubsystem, routine, simpleroutine } from './subsystem.ts';

/** What a new driver has to know. Rights in it are the driver's. */
export type Description = { module: string; name: string; options: unknown; bootstrap: SendRight | null };

/** The port that an opener serves for the driver it starts elsewhere: the one right the new task is born with. */
export const Parent = defineSubsystem('parent', {
  describe: routine<void, Description>(),
  ready: routine<{ service: SendRight }>(),
  /** An error body: the module may be missing, or its factory threw. */
  failed: routine<{ error: Uint8Array }>(),
  output: simpleroutine<{ stream: 'stdout' | 'stderr'; line: string }>(),
  exited: simpleroutine<{ code: number | null; signal: string | null }>(),
});
