// @ts-check
import { DEFAULT_QLIMIT, MAX_QLIMIT } from '../../dist/src/kernel/types.js';
import { DEFAULT_LIMITS } from '../../dist/src/limits.js';
import { MESSAGES, PROTOCOL } from '../../dist/src/wire/index.js';
import { code, fields, table } from './markdown.js';

export const BETWEEN_TASK_AND_BROKER = `## Messages

The first frame on a link is \`hello\`, answered by \`welcome\` or \`refuse\`; say the version of the page that you
were written from. Peers of one major version understand each other: a minor adds rows, which an older peer is not
sent. A frame that breaks a rule of this page ends its connection, after a \`refuse\` that says why, and nothing else.
Error codes are in [errors.md](errors.md).

${table(['id', 'kind', 'from', 'since', 'when', 'fields'], messages())}

What a task sends is done in the order in which it was sent, and answered in that order; only a \`send\` for which
there is no room, a \`vm_\` call that needs pages, and a \`sleep_\` call that waits for a page or a pager, end later. What one task sends to one port arrives in that
order, whether it had to wait or not.

What a task has to do, and what becomes of it otherwise:

| on | do | or else |
| --- | --- | --- |
| \`deliver\`, \`notify\` | \`taken\`, when it has been handled: of any number at once, oldest first, replies too | the message counts as queued: at ${DEFAULT_QLIMIT} (\`port_set_qlimit\`, at most ${MAX_QLIMIT}) further senders wait, and at ${DEFAULT_LIMITS.deliveryWindow} nothing more comes |
| \`deliver\` with a reply right | a reply, or \`port_deallocate\` of the right | the caller waits |
| \`deliver\` with BARRIER | any reply, in its turn | the task that sent it waits |
| \`sent\` with a code | keep or give back the rights that it brings | they pile up |
| \`drain\` | handle no more of what was delivered for this port, and say \`drained\` | the move waits |
| \`refuse\`, \`goodbye\` | close | the broker does |

\`detach\` is answered by \`goodbye\`. A connection that just ends is the death of its task: the ports whose receive
rights it had are dead.`;

function messages() {
  return Object.entries(MESSAGES).flatMap(([kind, spec]) => {
    if ('reply' in spec) return [];
    return [[spec.id, code(kind), spec.from, `${PROTOCOL.major}.${spec.since}`, spec.when, fields(spec.fields)]];
  });
}
