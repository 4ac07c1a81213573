import { NAMES } from './calls/names.ts';
import { NOTIFICATIONS } from './calls/notifications.ts';
import { PORTS } from './calls/ports.ts';
import { RECEIVE } from './calls/receive.ts';
import { SEND } from './calls/send.ts';
import { SERVE } from './calls/serve.ts';
import { TRANSFER } from './calls/transfer.ts';

/** One function per kernel call. */
export const CALLS = { ...NAMES, ...TRANSFER, ...PORTS, ...NOTIFICATIONS, ...SEND, ...RECEIVE, ...SERVE };
