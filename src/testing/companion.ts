import { defineDriver, defineSubsystem } from '../driver/index.ts';

/** Has nothing to say. It keeps the process of a group alive, as the other drivers of a group do. */
export const Companion = defineSubsystem('companion', {});

export default defineDriver(Companion, () => ({}));
