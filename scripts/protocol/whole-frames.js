// @ts-check
import { checkInExample, dataRequestExample, helloExample } from './example.js';
import { code, table } from './markdown.js';

export const WHOLE_FRAMES = `## Whole frames

\`hello\`:

${bytes(helloExample())}

\`checkIn\` of the port that the sender calls 5; the name service is its 2, and the reply comes to its port 4:

${bytes(checkInExample())}

\`memory_object_data_request\` for the third page, to write to it; the kernel calls the object 6 and its control port
7:

${bytes(dataRequestExample())}`;

/** @param {[string, string][]} rows */
function bytes(rows) {
  return table(
    ['bytes', ''],
    rows.map(([hex, what]) => [code(hex), what]),
  );
}
