import { defineSubsystem, routine } from 'easync';

export const Directory = defineSubsystem('directory', { look: routine() });
