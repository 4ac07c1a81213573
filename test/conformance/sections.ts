import { objects } from './01-objects.ts';
import { counters } from './02-counters.ts';
import { operations } from './03-operations.ts';
import { dispositions } from './04-dispositions.ts';
import { copyout } from './05-copyout.ts';
import { messages } from './06-messages.ts';
import { send } from './07-send.ts';
import { pseudoReceive } from './07-pseudo-receive.ts';
import { receive } from './08-receive.ts';

export const SECTIONS = [objects, counters, operations, dispositions, copyout, messages, send, pseudoReceive, receive];
