import { boot, type BootOptions } from '../boot/boot.ts';
import type { System } from '../boot/system.ts';
import { checkedSocket, defaultSocket } from '../broker/runtime-directory.ts';
import type { CommandOptions } from './main.ts';

/** Attaches to the running broker that a command is about; never starts one. A command that opens nothing reads no file for it. */
export function attach({ socket }: CommandOptions, options: BootOptions = { placements: {} }): Promise<System> {
  return boot({ socket: socket ?? checkedSocket(defaultSocket()), label: 'easync command', ...options });
}
