import { type Holder, type LockState, type RequestKind, waitingAt } from '../lockmgr/index.ts';

/** Who has a lock and who waits for it, by label. */
export type LockmgrView = {
  readonly name: string;
  /** Null: nobody has it exclusively, or it is disowned. */
  readonly holder: string | null;
  /** How often the holder has it. */
  readonly exclusive: number;
  readonly shared: readonly string[];
  /** In the order in which they came. */
  readonly waiting: readonly { readonly owner: string; readonly wants: RequestKind }[];
  readonly isCancelling: boolean;
  readonly ownerDied: boolean;
};

export function viewOf(lock: LockState): LockmgrView {
  const { name, holder, exclusive, sharers, isCancelling, ownerDied } = lock;
  const waiting = waitingAt(lock).toSorted((a, b) => a.wish - b.wish);
  return {
    name,
    holder: holder?.label ?? null,
    exclusive,
    shared: [...sharers].flatMap(([{ label }, times]: [Holder, number]) => Array<string>(times).fill(label)),
    waiting: waiting.map(({ owner, kind }) => ({ owner: owner.label, wants: kind })),
    isCancelling,
    ownerDied,
  };
}
