import { boot } from '../boot/boot.ts';
import type { System } from '../boot/system.ts';
import { checkedSocket, defaultSocket } from '../broker/runtime-directory.ts';
import type { CommandOptions } from './main.ts';

/** Attaches to the running broker that a command is about; never starts one. */
export function attach({ socket }: CommandOptions, label = 'easync command'): Promise<System> {
  return boot({ socket: socket ?? checkedSocket(defaultSocket()), label });
}
