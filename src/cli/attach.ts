import { boot, type BootOptions } from '../boot/boot.ts';
import type { System } from '../boot/system.ts';
import { brokerSocket, checkedSocket } from '../broker/runtime-directory.ts';
import type { CommandOptions } from './main.ts';

/** Attaches to the running broker that a command is about; never starts one. A command that opens nothing reads no file for it. */
export function attach({ broker, socket }: CommandOptions, options: BootOptions = { placements: {} }): Promise<System> {
  const asked = broker === undefined && socket !== undefined ? socket : checkedSocket(brokerSocket(broker));
  return boot({ socket: asked, label: 'easync command', ...options });
}
