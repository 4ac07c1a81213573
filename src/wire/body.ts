import { IpcError, ProtocolError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { lower, type TakeRight } from './body-lower.ts';
import { PATCH, revive, type Revived, SPARSE_LENGTH } from './body-patch.ts';
import { gradeOf } from './body-grade.ts';
import { FORM, pack, unpack } from './body-bytes.ts';
import { isDeeper, rightsIn } from './body-walk.ts';
import { refuse, refuseThrower } from './body-path.ts';

/** Puts a right of the body back, given the index of its descriptor. */
export type RightAt = (descriptor: number) => unknown;

/**
 * Encodes a body: any structured-clone value, rights included, so that it arrives equal (exceptions: docs/caveats.md).
 * `takeRight` is called once for each right. Throws EBADBODY, naming the path, for what cannot arrive equal. The bytes
 * stay as they are, however many bodies are encoded after.
 */
export function encodeBody(
  body: unknown,
  takeRight: TakeRight = noRights,
  depth = DEFAULT_LIMITS.bodyDepth,
): Uint8Array {
  return encodePlain(body, depth) ?? encodeLowered(body, depth, takeRight);
}

/** Decodes a body. The result shares no memory with `bytes`. Throws `ProtocolError` for anything `encodeBody` cannot have made. */
export function decodeBody(bytes: Uint8Array, rightAt: RightAt = noRightAt, depth = DEFAULT_LIMITS.bodyDepth): unknown {
  const body = decoded(bytes, rightAt);
  if (isDeeper(body, depth, bytes.length))
    throw new ProtocolError(`the body nests deeper than ${depth} levels (bodyDepth)`);
  return body;
}

function decoded(bytes: Uint8Array, rightAt: RightAt): unknown {
  const form = bytes[0];
  if (form === FORM.TREE || form === FORM.GRAPH) return unpack(form, bytes);
  if (form === FORM.PATCHED) return patch(unpack(form, bytes), rightAt);
  throw new ProtocolError(`the body is of unknown form ${form}`);
}

/** Undefined for a body that must be lowered, or throws when it is read: lowering finds out where. */
function encodePlain(body: unknown, depth: number): Uint8Array | undefined {
  try {
    const grade = gradeOf(body, depth);
    if (grade === 'special') return undefined;
    return pack(grade === 'tree' ? FORM.TREE : FORM.GRAPH, body);
  } catch {
    return undefined;
  }
}

function encodeLowered(body: unknown, depth: number, takeRight: TakeRight): Uint8Array {
  const { root, patches } = lower(body, depth, takeRight);
  try {
    return patches.length === 0 ? pack(FORM.GRAPH, root) : pack(FORM.PATCHED, [root, patches]);
  } catch (error) {
    return refuseThrower([], error);
  }
}

type Slot = { holder: object; key: PropertyKey; revived: Revived };

/** Makes every value first, then puts it in place, then fills it: cycles may run through any of them. */
function patch(lowered: unknown, rightAt: RightAt): unknown {
  if (!Array.isArray(lowered) || lowered.length !== 2 || !Array.isArray(lowered[1])) {
    throw new ProtocolError('the body has no list of patches');
  }
  const made = new Map<unknown, Revived>();
  const rights = new Set<object>();
  const left = { places: SPARSE_LENGTH };
  const slots: Slot[] = [];
  for (const entry of lowered[1] as readonly unknown[]) {
    if (!Array.isArray(entry)) throw new ProtocolError('the body has a patch that is no list');
    const [kind, place, descriptor] = entry as readonly unknown[];
    const { holder, key } = find(lowered, place);
    slots.push({ holder, key, revived: make(kind, Reflect.get(holder, key), descriptor) });
  }
  for (const { holder, key, revived } of slots) Reflect.set(holder, key, revived.value);
  for (const revived of new Set(slots.map((slot) => slot.revived))) revived.fill?.();
  mustShow(lowered[0], rights);
  return lowered[0];

  function make(kind: unknown, placeholder: unknown, descriptor: unknown): Revived {
    if (kind === PATCH.RIGHT) {
      if (typeof descriptor !== 'number') throw new ProtocolError('the body has a right without a descriptor');
      const right = rightAt(descriptor);
      if (typeof right === 'object' && right !== null) rights.add(right);
      return { value: right };
    }
    const known = made.get(placeholder);
    if (known !== undefined) return known;
    const revived = revive(kind, placeholder, left);
    if (typeof placeholder === 'object') made.set(placeholder, revived);
    return revived;
  }
}

/** A right that is made and cannot be found is nobody's to give back. */
function mustShow(body: unknown, rights: ReadonlySet<object>): void {
  if (rights.size === 0) return;
  const shown = rightsIn(body);
  for (const right of rights) if (!shown.has(right)) throw new ProtocolError('the body hides a right');
}

/** Longer than the way to any place in a body that `encodeBody` takes. */
const LONGEST_PLACE = 4096;

/** Where a patch goes: a place in the lowered body, which is item 0 of the whole. */
function find(lowered: readonly unknown[], place: unknown): { holder: object; key: PropertyKey } {
  if (!Array.isArray(place) || place.length > LONGEST_PLACE)
    throw new ProtocolError('the body has a patch without a place');
  let holder: object = lowered;
  let key = ownKey(holder, 0);
  for (const step of place as readonly unknown[]) {
    const next: unknown = Reflect.get(holder, key);
    if (typeof next !== 'object' || next === null) throw noSuchPlace();
    holder = next;
    key = ownKey(holder, step);
  }
  return { holder, key };
}

/** A place is an index of an array or a key of a record, and nothing else that an object may have. */
function ownKey(holder: object, key: unknown): PropertyKey {
  const fits = Array.isArray(holder) ? typeof key === 'number' : typeof key === 'string';
  if (!fits || !Object.hasOwn(holder, key as PropertyKey)) throw noSuchPlace();
  return key as PropertyKey;
}

function noSuchPlace(): ProtocolError {
  return new ProtocolError('the body has a patch for a place that is not there');
}

function noRights(_right: object, path: Parameters<TakeRight>[1]): number {
  return refuse(path, 'a right cannot travel here');
}

function noRightAt(descriptor: number): never {
  throw new IpcError('EBADBODY', `the body has a right (descriptor ${descriptor}) where none may be`);
}
