// @ts-check
import { Bootstrap, HostPort } from '../../dist/src/driver/index.js';
import { DISP } from '../../dist/src/kernel/types.js';
import { FORM, pack } from '../../dist/src/wire/body-bytes.js';
import { PATCH } from '../../dist/src/wire/body-patch.js';
import { code, hex, table } from './markdown.js';

/** Behind its form. */
const UNDEFINED = pack(FORM.TREE, undefined).subarray(1);

export const BODIES = `## Bodies of messages

The body of a \`send\` goes to the \`deliver\` that comes of it byte for byte; no broker looks at it. A message with
the flag RAW is what its two ends agree on: the XP messages below are such. Any other body starts with a byte that
tells its form.

| first byte | the rest |
| --- | --- |
| ${FORM.TREE} | one value in msgpack, whose maps are objects with text keys |
| ${FORM.PATCHED_TREE} | the same of a list \`[root, patches]\` |
| ${FORM.GRAPH}, ${FORM.PATCHED} | the same with msgpackr's records, references and types: what a tree cannot hold (\`src/wire/body.ts\`) |

No value at all is msgpack's extension 0: the three bytes \`${hex(UNDEFINED)}\`. A patch is a list
\`[kind, place, descriptor]\`: the value at the place (a list of keys and indexes, from the root) is to be replaced.
Kind ${PATCH.RIGHT} is a right: the value is nil, and the descriptor counts the message's descriptors from its third
on, from 0. Whoever knows these two forms can call any routine whose arguments and results are plain data and rights.
A reply with the flag FAILED is an error: with RAW too, its code in ASCII; else, in most cases, form ${FORM.TREE} with
\`{ error: { type, name, message, stack, own: { code, … } } }\`. A request for a routine that you do not have is
answered with FAILED and RAW and \`ENOROUTINE\`.

The **name service** is the \`bootstrap\` of \`welcome\`, and the broker's own port its \`host\` (0: this task has no
right to it). A call is a \`send\` with the routine's number, a reply right made of a port of your own (descriptor 1:
${DISP.MAKE_SEND_ONCE}), and an object as its body.

${table(
  ['to', 'number', 'routine', 'body', 'reply'],
  [
    [code('bootstrap'), Bootstrap.ids.get('checkIn') ?? 0, code('checkIn'), '`name` text, `port` a right', 'no value'],
    [
      code('bootstrap'),
      Bootstrap.ids.get('checkOut') ?? 0,
      code('checkOut'),
      '`name` text, `port` a right',
      'no value',
    ],
    [
      code('bootstrap'),
      Bootstrap.ids.get('lookUp') ?? 0,
      code('lookUp'),
      '`name` text, `wait` true or false',
      '`port` a right',
    ],
    [code('host'), HostPort.ids.get('setDefaultPager') ?? 0, code('setDefaultPager'), '`port` a right', 'no value'],
  ],
)}

\`lookUp\` of a name that nobody has checked in fails with ENONAME, or waits. A name goes with its port. The number of
any routine is FNV-1a, 32 bits, of \`subsystem.routine\` in UTF-8; 2 is added to 0 and to 1.`;
