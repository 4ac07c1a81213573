// @ts-check
// Whole frames for docs/protocol.md, taken apart: made by the codec that the built code runs on.
import { FORM, pack } from '../../dist/src/wire/body-bytes.js';
import { PATCH } from '../../dist/src/wire/body-patch.js';
import { FIELD_CODECS } from '../../dist/src/wire/field-types.js';
import {
  DESCRIPTOR_BYTES,
  encodeFields,
  encodeHead,
  encodeXp,
  FLAG,
  HEADER_BYTES,
  HEADER_LAYOUT,
  MESSAGES,
  PROTOCOL,
  XP_MESSAGES,
} from '../../dist/src/wire/index.js';
import { Bootstrap } from '../../dist/src/driver/index.js';
import { DISP } from '../../dist/src/kernel/types.js';

/** @typedef {[string, string][]} Rows the bytes in hex, and what they are */
/** @typedef {{ disp: number, name: number }} Descriptor */

const NONE = { disp: 0, name: 0 };

/** @returns {Rows} */
export function helloExample() {
  const fields = { ...PROTOCOL, pid: 4711, threadId: 0, label: 'pager' };
  const body = encodeFields('hello', fields);
  return rows({ kind: MESSAGES.hello.id }, [], body, fieldRows(MESSAGES.hello.fields, fields, body));
}

/** A port that the sender calls 5 gets the name 'disk'; the reply shall come to the sender's port 4. @returns {Rows} */
export function checkInExample() {
  const body = Buffer.from(pack(FORM.PATCHED_TREE, [{ name: 'disk', port: null }, [[PATCH.RIGHT, ['port'], 0]]]));
  const routine = Bootstrap.ids.get('checkIn') ?? 0;
  const descriptors = [
    { disp: DISP.COPY_SEND, name: 2 },
    { disp: DISP.MAKE_SEND_ONCE, name: 4 },
    { disp: DISP.MAKE_SEND, name: 5 },
  ];
  return rows({ kind: MESSAGES.send.id, callId: 7, routine }, descriptors, body, [
    [hex(body.subarray(0, 1)), 'form'],
    [hex(body.subarray(1)), '`[{ name: "disk", port: nil }, [[1, ["port"], 0]]]`'],
  ]);
}

/** To the object's port, which the kernel calls 6; its own control port it calls 7. @returns {Rows} */
export function dataRequestExample() {
  const kind = 'memory_object_data_request';
  const fields = { reqId: 1, offset: 8192, length: 4096, access: 3 };
  const body = encodeXp({ kind, ...fields });
  const header = { kind: MESSAGES.send.id, flags: FLAG.RAW, callId: 12, routine: XP_MESSAGES[kind].id };
  const descriptors = [{ disp: DISP.COPY_SEND, name: 6 }, NONE, { disp: DISP.MAKE_SEND, name: 7 }];
  return rows(header, descriptors, body, fieldRows(XP_MESSAGES[kind].fields, fields, body));
}

/**
 * @param {{ kind: number, flags?: number, callId?: number, routine?: number }} header
 * @param {Descriptor[]} descriptors
 * @param {Buffer} body
 * @param {Rows} bodyRows
 * @returns {Rows}
 */
function rows(header, descriptors, body, bodyRows) {
  const head = Buffer.from(encodeHead(header, descriptors));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length + body.length);
  return [
    [hex(length), `${head.length + body.length} bytes follow`],
    ...headerRows(head),
    ...descriptors.map((descriptor, index) => descriptorRow(head, descriptor, index)),
    ...bodyRows,
  ];
}

/** Fields that are zero are counted together. @param {Buffer} head @returns {Rows} */
function headerRows(head) {
  const starts = Object.values(HEADER_LAYOUT).map(({ at }) => at);
  /** @type {Rows} */
  const result = [];
  /** @type {string[]} */
  let zeros = [];
  let from = 0;
  const flush = (/** @type {number} */ end) => {
    if (zeros.length > 0) result.push([`00 × ${end - from}`, `\`${zeros.join('`, `')}\``]);
    zeros = [];
    from = end;
  };
  Object.entries(HEADER_LAYOUT).forEach(([name, { at }], index) => {
    const end = starts[index + 1] ?? HEADER_BYTES;
    const bytes = head.subarray(at, end);
    if (bytes.every((byte) => byte === 0)) return void zeros.push(name);
    flush(at);
    result.push([hex(bytes), `\`${name}\``]);
    from = end;
    return undefined;
  });
  flush(HEADER_BYTES);
  return result;
}

/** @param {Buffer} head @param {Descriptor} descriptor @param {number} index @returns {[string, string]} */
function descriptorRow(head, { disp, name }, index) {
  const at = HEADER_BYTES + index * DESCRIPTOR_BYTES;
  const kind = Object.entries(DISP).find(([, number]) => number === disp)?.[0];
  const what = kind === undefined ? 'none' : `\`${kind}\` of ${name}`;
  return [hex(head.subarray(at, at + DESCRIPTOR_BYTES)), `descriptor ${index}: ${what}`];
}

/**
 * @param {Readonly<Record<string, keyof typeof FIELD_CODECS>>} spec
 * @param {Record<string, unknown>} values
 * @param {Buffer} body
 * @returns {Rows}
 */
function fieldRows(spec, values, body) {
  let at = 0;
  return Object.entries(spec).map(([name, type]) => {
    const from = at;
    at += FIELD_CODECS[type].sizeAt(body, at);
    return [hex(body.subarray(from, at)), `\`${name}\`: ${String(values[name])}`];
  });
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return (Buffer.from(bytes).toString('hex').match(/../g) ?? []).join(' ');
}
