// @ts-check
import { DISP } from '../../dist/src/kernel/types.js';
import { MESSAGES, PROTOCOL } from '../../dist/src/wire/index.js';
import { FUTEX_CALLS, FUTEX_CODES } from './futex.js';
import { code, fields, table } from './markdown.js';

export const KERNEL_CALLS = `## Kernel calls

Sent by a task; \`result\` with the same \`callId\` answers with a code and the reply fields, which are there whatever
the code is. Their meaning is Mach's. With \`callId\` 0 there is no answer. A \`port_\` or \`vm_\` call with a
descriptor is made on the task whose task port descriptor 0 names (its disposition is 0): the names in it are that
task's, but rights come from and go to the sender. All others have no descriptors.

${table(['id', 'call', 'since', 'fields', 'reply'], calls())}

| call | |
| --- | --- |
| \`vm_map\` | \`anywhere\`: at \`address\` or above, 0 will do; else there. \`mask\`: bits of the address that shall be 0, 0 will do. \`object\`: ${DISP.COPY_SEND} and the name of a send right, taken as in a message; name 0: zeros. \`offset\`: whole pages; \`size\` is rounded up to them. \`protection\`, \`maximum\`: accesses, as below |
| \`vm_region\` | the region at \`address\`, or the next above. \`object\` is the broker's number for it, \`offset\` where in it the region begins; the rest: [Memory without calls](#memory-without-calls) |
| \`vm_read\`, \`vm_write\` | answered when the pages are there |
| \`vm_cancel\` | ends the \`vm_\` call with that \`callId\`: KERN_ABORTED, of a \`vm_futex_\` call KERN_INTERRUPTED |
${FUTEX_CALLS}

The codes of a \`vm_\` call, the first that applies; behind the semicolon, while it waits:

| call | codes |
| --- | --- |
| any, on another task | MACH_SEND_INVALID_DEST: descriptor 0 names no task |
| \`vm_allocate\`, \`vm_map\` | of \`object\` those of a right in a message, KERN_INVALID_CAPABILITY: it is dead or none, KERN_INVALID_RIGHT: no send right. KERN_INVALID_ARGUMENT: no size, an \`offset\` that is no whole page, an end beyond \`objectBytes\`, bits that are no access or not in \`maximum\`, a \`mask\` that is not ones below zeros. KERN_RESOURCE_SHORTAGE: \`regionsPerTask\`, \`mappedBytesPerTask\`. Not \`anywhere\`: KERN_INVALID_ARGUMENT: an address that is no whole page. KERN_NO_SPACE: taken, or not as \`mask\` says; or there is no room; with \`copy\` KERN_MEMORY_ERROR: the pager has failed or gone, KERN_RESOURCE_SHORTAGE: more than \`cachePages\` to be copied at once (strategy NONE), KERN_ABORTED |
| \`vm_deallocate\` | KERN_RESOURCE_SHORTAGE: what is left would be more than \`regionsPerTask\`. Holes do not matter |
| \`vm_protect\` | KERN_INVALID_ARGUMENT: bits that are no access. KERN_INVALID_ADDRESS: a hole. KERN_PROTECTION_FAILURE: more than the region's maximum. KERN_RESOURCE_SHORTAGE: as before |
| \`vm_read\` | KERN_INVALID_ARGUMENT: more than a frame takes. KERN_INVALID_ADDRESS: a hole. KERN_PROTECTION_FAILURE; the same two if it is unmapped or protected meanwhile, KERN_MEMORY_ERROR: the pager has failed or gone, KERN_RESOURCE_SHORTAGE: the cache is full of what cannot go, KERN_ABORTED |
| \`vm_write\` | as \`vm_read\`, but for the first |
| \`vm_region\` | KERN_INVALID_ADDRESS: nothing is mapped there or above |
${FUTEX_CODES}
| \`vm_cancel\` | KERN_INVALID_ARGUMENT: no such call waits |

An \`address\` is in the address space that the broker keeps for the task, and no address of its process.`;

function calls() {
  return Object.entries(MESSAGES).flatMap(([kind, spec]) => {
    if (!('reply' in spec)) return [];
    return [[spec.id, code(kind), `${PROTOCOL.major}.${spec.since}`, fields(spec.fields), fields(spec.reply)]];
  });
}
