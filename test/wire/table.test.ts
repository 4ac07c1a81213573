import { describe, expect, test } from 'vitest';
import type { Trap } from '../../src/kernel/types.ts';
import {
  decodeFields,
  decodeResult,
  encodeFields,
  encodeResult,
  type Fields,
  type KernelCall,
  kindNamed,
  type MessageKind,
  MESSAGES,
  type MessageSpec,
} from '../../src/wire/index.ts';

const rows: [MessageKind, MessageSpec][] = Object.entries(MESSAGES) as [MessageKind, MessageSpec][];

describe('the table', () => {
  test('gives every message an id of its own that fits the header', () => {
    const ids = rows.map(([, spec]) => spec.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id > 0 && id < 256)).toBe(true);
    for (const [kind, spec] of rows) expect(kindNamed(spec.id)).toBe(kind);
    expect(kindNamed(0)).toBeUndefined();
  });

  test('has the kernel’s calls, field by field', () => {
    type Mismatch = {
      [K in Exclude<KernelCall, `vm_${string}` | `sleep_${string}`>]: Extract<Trap, { op: K }> extends {
        op: K;
      } & Fields<K>
        ? keyof Extract<Trap, { op: K }> extends 'op' | keyof Fields<K>
          ? never
          : K
        : K;
    }[Exclude<KernelCall, `vm_${string}` | `sleep_${string}`>];
    // Compiles only while no call differs, and all but the four with messages of their own are there.
    const same: [Mismatch] extends [never] ? true : Mismatch = true;
    const own: Record<Exclude<Trap['op'], KernelCall>, true> = { send: true, taken: true, drained: true, abort: true };
    expect(same && own).toEqual({ send: true, taken: true, drained: true, abort: true });
  });

  test('keeps `rest` for the end of a body', () => {
    for (const [, spec] of rows) {
      for (const fields of [spec.fields, spec.reply ?? {}]) {
        expect(Object.values(fields).slice(0, -1)).not.toContain('rest');
      }
    }
  });
});

const SAMPLES: Record<string, unknown> = {
  u8: 200,
  u16: 60_000,
  u32: 0xffff_fffe,
  u64: 2 ** 53 - 1,
  i32: -5,
  bool: true,
  str: 'größe 😀',
  u32s: [1, 0xffff_ffff],
  right: { disp: 19, name: 7 },
  code: 'KERN_INVALID_NAME',
  handled: 'maybe',
  rest: new Uint8Array([9]),
};

describe('a body of fields', () => {
  test.each(rows)('%s: comes back as it was, and is refused one byte short or long', (kind, spec) => {
    const values = sample(spec.fields);
    const body = encodeFields(kind, values as Fields<MessageKind>);
    expect(plain(decodeFields(kind, body))).toEqual(plain(values));
    const open = Object.values(spec.fields).includes('rest');
    if (body.length > 0 && !open) expect(() => decodeFields(kind, body.subarray(0, -1))).toThrow(kind);
    if (!open) expect(() => decodeFields(kind, Buffer.concat([body, Buffer.of(0)]))).toThrow('after its last field');
  });

  test.each(rows.filter(([, spec]) => spec.reply !== undefined))('%s: the result comes back', (kind, spec) => {
    const values = sample(spec.reply ?? {});
    const call = kind as KernelCall;
    const body = encodeResult(call, 'KERN_INVALID_VALUE', values);
    expect(plain(decodeResult(call, body))).toEqual(plain({ ...values, code: 'KERN_INVALID_VALUE' }));
    expect(decodeResult(call, encodeResult(call, 0)).code).toBe(0);
  });

  test.each<[string, () => unknown, string]>([
    ['text', () => decodeFields('refuse', Buffer.of(0, 1, 0, 0xff)), 'refuse.reason: EPROTOCOL: the text is not UTF-8'],
    ['text that overruns', () => decodeFields('refuse', Buffer.of(0, 9, 0, 65)), 'refuse.reason runs past the end'],
    [
      'a code nobody knows',
      () => decodeFields('sent', Buffer.of(1, 65)),
      'sent.code: EPROTOCOL: the code "A" is unknown',
    ],
    ['a boolean', () => decodeResult('port_get_receive_status', status(2)), 'port_get_receive_status.srights'],
    ['a claim', () => decodeFields('notify', Buffer.of(1, ...Buffer.alloc(12), 3)), 'notify.handled'],
    ['a number', () => decodeFields('receive_cancel', Buffer.alloc(9, 255)), 'receive_cancel.receiveId'],
    [
      'a list',
      () => decodeResult('port_names', Buffer.of(0, 255, 255, 255, 255)),
      'port_names.names runs past the end',
    ],
  ])('refuses bad %s, naming kind and field', (_what, decode, message) => {
    expect(decode).toThrow(message);
  });

  test.each<[string, () => unknown]>([
    ['port_type.name', () => encodeFields('port_type', { name: -1 })],
    ['port_type.name', () => encodeFields('port_type', { name: 0.5 })],
    ['port_type.name', () => encodeFields('port_type', { name: 2 ** 32 })],
    ['port_mod_refs.delta', () => encodeFields('port_mod_refs', { name: 1, right: 0, delta: 2 ** 31 })],
    ['refuse.reason', () => encodeFields('refuse', { code: 'EVERSION', reason: 'x'.repeat(70_000) })],
    ['send_cancel.sendId', () => encodeFields('send_cancel', { sendId: 2 ** 53, code: 0 })],
    ['port_extract_right.disp', () => encodeFields('port_extract_right', { name: 1, disp: 256 })],
  ])('a value that does not fit %s is EINVAL', (field, encode) => {
    expect(encode).toThrow(expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(field) }));
  });
});

function sample(fields: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, SAMPLES[type]]));
}

/** Bytes may be Buffers on the way back. */
function plain(values: object): object {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : value]),
  );
}

function status(flag: number): Buffer {
  return Buffer.concat([Buffer.alloc(21), Buffer.of(flag, 0, 0)]);
}
