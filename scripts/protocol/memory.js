// @ts-check
import { accessAt, dirtyAt, pinAt, SLOTS, versionAt } from '../../dist/src/vm/layout.js';
import { FUTEX_MEMORY } from './futex.js';
import { code } from './markdown.js';

export const MEMORY_WITHOUT_CALLS = `## Memory without calls

A task may read and write an object's memory itself. \`vm_region\` of an own region tells where it is: in the file
\`/proc/PID/fd/FD\`, which has no name, and has holes where nothing is; open it for reading and writing, and map it or
use \`pread\` and \`pwrite\`. \`pid\` 0: there is only \`vm_read\` and \`vm_write\`.

| at | |
| --- | --- |
| ${formula(pinAt)} for each slot below ${SLOTS} | u32: the page (of the object) that the slot's task is reading or writing, plus 1; or 0 |
| ${formula(versionAt)} | u32: other than the \`version\` that \`vm_region\` answered: mappings of the slot's task have changed; ask again |
${FUTEX_MEMORY}
| ${formula(accessAt)} for each page of the object | u32: the accesses that are allowed now; only the broker writes it (an honest task does not: the file is the user's, and each of his tasks could) |
| ${formula(dirtyAt)} | u32: a task that writes to the page puts 1 here |
| \`pagesAt\` + offset | the bytes of the object |

To read: store the page plus 1 in your slot; load the access word, and your version; if it allows reading and the
version is what \`vm_region\` answered, copy; store 0. To write the same, with a 1 into the dirty word
before the bytes. Loads and stores are sequentially consistent, of whole words. One page at a time, at once: while
your slot names a page the broker cannot take it away. What your region's \`protection\` forbids, the access word may
allow: heed both. If it is not allowed, \`vm_read\` or \`vm_write\` does it.`;

/** @param {(index: number) => number} at */
function formula(at) {
  return code(`${at(0)} + ${at(1) - at(0)} n`);
}
