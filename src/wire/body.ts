import { IpcError, ProtocolError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { lower, type TakeRight } from './body-lower.ts';
import { PATCH, revive, type Revived, SPARSE_LENGTH } from './body-patch.ts';
import { gradeOf, NOTHING_OUTSIDE, type Outside } from './body-grade.ts';
import { FORM, pack, unpack } from './body-bytes.ts';
import { isDeeper, rightsIn } from './body-walk.ts';
import { refuse, refuseThrower } from './body-path.ts';

/** Puts a right of the body back, given the index of its descriptor. */
export type RightAt = (descriptor: number) => unknown;
/** Finds out-of-line memory of the message, given the index of its descriptor. */
export type MemoryAt = (descriptor: number) => Uint8Array | undefined;

export type { Outside } from './body-grade.ts';

/**
 * Encodes a body: any structured-clone value, rights included, so that it arrives equal (exceptions: docs/caveats.md).
 * `takeRight` is called once for each right, `outside.take` once for each array of bytes. Throws EBADBODY, naming the path, for what cannot arrive equal. The bytes
 * stay as they are, however many bodies are encoded after.
 */
export function encodeBody(
  body: unknown,
  takeRight: TakeRight = noRights,
  depth = DEFAULT_LIMITS.bodyDepth,
  outside: Outside = NOTHING_OUTSIDE,
): Uint8Array {
  return encodePlain(body, depth, outside) ?? encodeLowered(body, depth, takeRight, outside);
}

/**
 * Decodes a body. The result shares no memory with `bytes`; what `memoryAt` answers becomes part of it. Throws `ProtocolError`
 * for anything `encodeBody` cannot have made.
 */
export function decodeBody(
  bytes: Uint8Array,
  rightAt: RightAt = noRightAt,
  depth = DEFAULT_LIMITS.bodyDepth,
  memoryAt: MemoryAt = () => undefined,
): unknown {
  const body = decoded(bytes, rightAt, memoryAt);
  if (isDeeper(body, depth, bytes.length))
    throw new ProtocolError(`the body nests deeper than ${depth} levels (bodyDepth)`);
  return body;
}

function decoded(bytes: Uint8Array, rightAt: RightAt, memoryAt: MemoryAt): unknown {
  const form = bytes[0];
  if (form === FORM.TREE || form === FORM.GRAPH) return unpack(form, bytes);
  if (form === FORM.PATCHED || form === FORM.PATCHED_TREE) return patch(unpack(form, bytes), rightAt, memoryAt);
  throw new ProtocolError(`the body is of unknown form ${form}`);
}

/** Undefined for a body that must be lowered, or throws when it is read: lowering finds out where. */
function encodePlain(body: unknown, depth: number, outside: Outside): Uint8Array | undefined {
  try {
    const grade = gradeOf(body, depth, outside);
    if (grade === 'special') return undefined;
    return pack(grade === 'tree' ? FORM.TREE : FORM.GRAPH, body);
  } catch {
    return undefined;
  }
}

function encodeLowered(body: unknown, depth: number, takeRight: TakeRight, outside: Outside): Uint8Array {
  const { root, patches } = lower(body, depth, takeRight, outside);
  try {
    if (patches.length === 0) return pack(FORM.GRAPH, root);
    const patched = [root, patches];
    const isTree = patches.every(([kind]) => kind === PATCH.RIGHT) && gradeOf(patched, depth + PATCH_DEPTH) === 'tree';
    return pack(isTree ? FORM.PATCHED_TREE : FORM.PATCHED, patched);
  } catch (error) {
    return refuseThrower([], error);
  }
}

/** Of `[root, patches]` around the deepest value. */
const PATCH_DEPTH = 4;

type Slot = { holder: object; key: PropertyKey; revived: Revived };

/** Makes every value first, then puts it in place, then fills it: cycles may run through any of them. */
function patch(lowered: unknown, rightAt: RightAt, memoryAt: MemoryAt): unknown {
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
      const right = rightAt(index(descriptor));
      if (typeof right === 'object' && right !== null) rights.add(right);
      return { value: right };
    }
    if (kind === PATCH.MEMORY) return { value: memoryOf(memoryAt(index(descriptor))) };
    const known = made.get(placeholder);
    if (known !== undefined) return known;
    const revived = revive(kind, placeholder, left);
    if (typeof placeholder === 'object') made.set(placeholder, revived);
    return revived;
  }
}

function index(descriptor: unknown): number {
  if (typeof descriptor === 'number') return descriptor;
  throw new ProtocolError('the body has a right, or memory, without a descriptor');
}

function memoryOf(found: Uint8Array | undefined): Uint8Array {
  if (found !== undefined) return found;
  throw new ProtocolError('the body has memory whose descriptor is not there');
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
