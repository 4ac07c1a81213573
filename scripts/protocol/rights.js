// @ts-check
import { DEAD_NAME, DISP, NOTIFY, RIGHT, TYPE } from '../../dist/src/kernel/types.js';
import { code, rowsOf, table } from './markdown.js';

const NOTIFY_MEANING = {
  PORT_DELETED: 'the `name` that a 72 was asked for is gone, and its port is not dead',
  SEND_POSSIBLE: 'there is room in the queue of the port that `name` sends to',
  PORT_DESTROYED: 'the receive right of a port that somebody gave up: descriptor 2',
  NO_SENDERS: 'nobody has a send right to the port any more',
  SEND_ONCE: 'a send-once right that was made here was destroyed: no reply will come',
  DEAD_NAME: 'the port behind `name` is dead',
};

export const NAMES_AND_RIGHTS = `## Names and rights

A name is a task's own number for a right. 0 is none; 0x${DEAD_NAME.toString(16)} is what arrives for a right whose
port is dead. The broker picks names below 0x40000000, for rights that arrive too; from there up a task may pick its
own (\`port_allocate_name\`), and need not wait for the answer before it uses one. Send and receive rights for one
port have one name in a task. **Each send right that arrives is one more reference on its name**: \`port_deallocate\`
gives one back, \`port_mod_refs\` several. Every send-once right has a name of its own, which goes with its use.

${table(
  ['', 'right (`port_allocate` 1, 3, 4)', 'bit of `port_type`'],
  rowsOf(RIGHT, (name, number) => [number, code(name), `0x${TYPE[name].toString(16)}`]),
)}

| to | do |
| --- | --- |
| get messages | \`port_allocate\` 1, then \`serve\`: from now on what comes to the port is a \`deliver\` or a \`notify\` with its name |
| let others send to it | put a descriptor with disposition ${DISP.MAKE_SEND} and its name into a message |
| send | \`send\` with the destination (${DISP.COPY_SEND} and the name of a send right), the reply right or none, and the body's rights. It needs a \`callId\`, since it may have to wait; only one to a send-once right (${DISP.MOVE_SEND_ONCE}) may have 0. \`sent\` comes if it failed or had to wait |
| call | the same with the reply right ${DISP.MAKE_SEND_ONCE} and the name of a port that you serve: one serves all calls. The reply is a \`deliver\` there, with the \`callId\` of the \`send\`; if none can come any more, a \`notify\` ${NOTIFY.SEND_ONCE} with that \`callId\` |
| reply | \`send\` to descriptor 1 of the \`deliver\` (${DISP.MOVE_SEND_ONCE} and its name), with no reply right |
| hear of a port's death | \`port_request_notification\`: \`name\` of a right for it, \`variant\` ${NOTIFY.DEAD_NAME}, \`sync\` 1 (0: refuse a name that is dead already), \`notify\` ${DISP.MAKE_SEND_ONCE} and the name of a port that you serve, \`tag\`: what the \`callId\` of the \`notify\` shall be. It comes once. The name has its references still, **and one more**, for the notification: \`port_deallocate\` |
| give a receive right away | report \`taken\` first, then send it with disposition ${DISP.MOVE_RECEIVE}: what you had not reported goes along. Ignore what is still delivered for it |
| destroy a port | \`port_destroy\`: whatever the name stands for |

${table(
  ['notification', '', ''],
  rowsOf(NOTIFY, (name, number) => [number, code(name), NOTIFY_MEANING[name]]),
)}`;
