import type { ReceiveRight, SendRight, SharedIdent } from '../task/index.ts';

/** What everybody in this thread knows by the object itself, or by the same string or symbol. */
export type LocalIdent = object | string | symbol;

/** What tasks know each other's sleepers by. */
export type SharedLike = SendRight | ReceiveRight | SharedIdent;

/** What is slept on (`ident`, lwkt.md §2.1): it is compared, and nothing else is done with it. */
export type Ident = LocalIdent | SharedLike;

/** What a call on this ident answers: a promise too, where somebody else has to say so. Of an ident that may be either, both. */
export type Answer<I extends Ident, T> = I extends SharedLike ? T | Promise<T> : T;
