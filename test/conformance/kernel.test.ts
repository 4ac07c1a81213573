import { conform } from './rules.ts';
import { KernelWorld } from './kernel-world.ts';
import { SECTIONS } from './sections/index.ts';

// The rules of mach.md, on the kernel itself.
conform(() => KernelWorld.start(), SECTIONS);
