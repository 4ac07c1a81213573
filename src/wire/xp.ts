import { ProtocolError } from '../errors.ts';
import { decodeLayout, encodeLayout, type Layout, layoutOfFields, type ValuesOf } from './layout.ts';
import type { SLEEP_MESSAGES } from './xp-sleep-table.ts';
import { XP_MESSAGES } from './xp-table.ts';

export type XpKind = keyof typeof XP_MESSAGES;
/** Those that a kernel sends to a pager. */
export type KernelXpKind = { [K in XpKind]: (typeof XP_MESSAGES)[K]['from'] extends 'kernel' ? K : never }[XpKind];
/** Those about futexes, in both directions. */
export type FutexXpKind = Extract<XpKind, `memory_object_${string}futex${string}`>;
/** Those about sleep and wakeup, in both directions. */
export type SleepXpKind = Extract<XpKind, keyof typeof SLEEP_MESSAGES>;
/** Those that a pager sends to a kernel. */
export type PagerXpKind = Exclude<XpKind, KernelXpKind>;

/** The fields of an XP message of this kind. `data` of a decoded one is a view of the body. */
export type XpFields<K extends XpKind> = ValuesOf<(typeof XP_MESSAGES)[K]['fields']>;

/** An XP message without its rights: one object type per kind. */
export type Xp<K extends XpKind = XpKind> = { [P in K]: { readonly kind: P } & XpFields<P> }[K];

/** The body of an XP message. Throws EINVAL naming the field whose value does not fit its type. */
export function encodeXp(message: Xp): Buffer {
  return encodeLayout(message.kind, layoutOf(message.kind), message as unknown as Readonly<Record<string, unknown>>);
}

/** Reads the body of the XP message with this `routine`, strictly. Throws `ProtocolError` naming the message and the field. */
export function decodeXp(routine: number, body: Buffer): Xp {
  const kind = KIND_BY_ID.get(routine);
  if (kind === undefined) throw new ProtocolError(`there is no XP message ${routine}`);
  return { kind, ...decodeLayout(kind, layoutOf(kind), body) } as unknown as Xp;
}

/** How many rights an XP message of this kind carries. */
export function xpRights(kind: XpKind): number {
  return Object.keys(XP_MESSAGES[kind].rights).length;
}

const KINDS = Object.keys(XP_MESSAGES) as XpKind[];
const KIND_BY_ID = new Map<number, XpKind>(KINDS.map((kind) => [XP_MESSAGES[kind].id, kind]));
const LAYOUTS = new Map<XpKind, Layout>(KINDS.map((kind) => [kind, layoutOfFields(XP_MESSAGES[kind].fields)]));

function layoutOf(kind: XpKind): Layout {
  return LAYOUTS.get(kind) ?? [];
}
