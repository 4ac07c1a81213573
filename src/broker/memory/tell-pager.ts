import { type SendRight, sendXp } from '../../task/index.ts';
import type { Effect } from '../../vm/types.ts';
import type { Xp } from '../../wire/index.ts';
import type { Backing } from './backing.ts';

/** Sends what the machine has to say of an object, with the rights that go along and the bytes that are spoken of. */
export function tellPager(
  objects: Backing,
  defaultPager: SendRight | null,
  { object, message, to }: Extract<Effect, { type: 'send' }>,
): void {
  const ports = objects.ports(object);
  switch (message.kind) {
    case 'memory_object_init':
      return ports.send(message, ports.newControl());
    case 'memory_object_terminate':
      return ports.terminate();
    case 'memory_object_change_completed':
      return ports.send(message, []);
    case 'memory_object_copy':
      if (to === undefined) return ports.send(message, ports.control());
      return ports.send(message, [...ports.control(), ...objects.ports(to).handOver()], objects.ports(to).handedOver);
    case 'memory_object_create': {
      if (defaultPager === null) return ports.handedOver('MACH_SEND_INVALID_DEST');
      const rights = [...ports.handOver(), ...ports.newControl()];
      return sendXp(defaultPager, message, rights, ports.handedOver);
    }
    case 'memory_object_data_return':
    case 'memory_object_data_initialize': {
      const { length, ...fields } = message;
      const data = new Uint8Array(length);
      objects.memory(object).read(message.offset, data);
      return ports.send({ ...fields, data } as Xp, ports.control());
    }
    default:
      return ports.send(message as Xp, ports.control());
  }
}
