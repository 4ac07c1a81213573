import { objects } from './01-objects.ts';
import { counters } from './02-counters.ts';
import { names } from './03-names.ts';
import { receiveRights } from './03-receive-rights.ts';
import { references } from './03-references.ts';
import { transfer } from './03-transfer.ts';
import { anotherTask } from './03-another-task.ts';
import { dispositions } from './04-dispositions.ts';
import { copyout } from './05-copyout.ts';
import { messages } from './06-messages.ts';
import { pseudoReceive } from './07-pseudo-receive.ts';
import { send } from './07-send.ts';
import { receive } from './08-receive.ts';
import { backPressure } from './09-back-pressure.ts';
import { notifications } from './10-notifications.ts';
import { portDestroyed } from './10-port-destroyed.ts';
import { requests } from './10-requests.ts';
import { sendPossible } from './10-send-possible.ts';
import { death } from './11-death.ts';
import { transit } from './12-transit.ts';
import { sets } from './13-sets.ts';
import { taskDeath } from './14-task-death.ts';
import { ordering } from './15-ordering.ts';

/** mach.md, section by section. */
export const SECTIONS = [
  objects,
  counters,
  names,
  references,
  transfer,
  receiveRights,
  anotherTask,
  dispositions,
  copyout,
  messages,
  send,
  pseudoReceive,
  receive,
  backPressure,
  requests,
  notifications,
  portDestroyed,
  sendPossible,
  death,
  transit,
  sets,
  taskDeath,
  ordering,
];
