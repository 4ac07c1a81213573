// @ts-check
// Prints docs/protocol.md, made from the tables that the built code runs on. `--write` puts it in its place.
import { writeFileSync } from 'node:fs';
import { PROTOCOL } from '../dist/src/wire/index.js';
import { BODIES } from './protocol/bodies.js';
import { KERNEL_CALLS } from './protocol/calls.js';
import { FIELDS } from './protocol/fields.js';
import { FRAMES } from './protocol/frames.js';
import { FUTEX_WORD, FUTEXES_OF_PAGERS } from './protocol/futex.js';
import { SLEEP_AND_WAKEUP } from './protocol/idents.js';
import { MEMORY_WITHOUT_CALLS } from './protocol/memory.js';
import { BETWEEN_TASK_AND_BROKER } from './protocol/messages.js';
import { KERNELS_AND_PAGERS } from './protocol/pagers.js';
import { NAMES_AND_RIGHTS } from './protocol/rights.js';
import { SLEEP_OF_PAGERS } from './protocol/sleep.js';
import { WHOLE_FRAMES } from './protocol/whole-frames.js';

const INTRODUCTION = `# Protocol

Version ${PROTOCOL.major}.${PROTOCOL.minor}. This page is made from \`src/wire/table.ts\` and its neighbours by
\`node scripts/protocol-doc.js --write\`; a test compares. A pager and a kernel that were written from it alone are
in \`test/protocol/second/\`.

For somebody who debugs a link, or builds a peer. It is told from the sender's side. Numbers are little-endian.

A broker listens on a Unix socket: that of \`easync broker --socket\`, often in \`EASYNC_SOCKET\`, or else
\`$XDG_RUNTIME_DIR/easync/NAME.sock\` (\`/tmp/easync-UID/NAME.sock\` without that variable; \`broker.sock\` if it has
no name). A connection is a task. A process may have several, to one broker or to several.`;

const page = [
  INTRODUCTION,
  FRAMES,
  FIELDS,
  BETWEEN_TASK_AND_BROKER,
  NAMES_AND_RIGHTS,
  KERNEL_CALLS,
  BODIES,
  KERNELS_AND_PAGERS,
  FUTEXES_OF_PAGERS,
  SLEEP_OF_PAGERS,
  MEMORY_WITHOUT_CALLS,
  FUTEX_WORD,
  SLEEP_AND_WAKEUP,
  WHOLE_FRAMES,
]
  .join('\n\n')
  .concat('\n');

if (process.argv.includes('--write')) writeFileSync(new URL('../docs/protocol.md', import.meta.url), page);
else process.stdout.write(page);
