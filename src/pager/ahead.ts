import { enqueue } from './core.ts';
import type { Core } from './core.ts';
import type { Request, UnitId } from './state.ts';

type Asked = Omit<Request, 'id' | 'recalled'>;

/**
 * What kernels have asked for since the last time, in order. A kernel asks for several pages one by one: those that follow each other
 * are one piece, and it reads on behind the last of them.
 */
export function readAheadOf(core: Core, asked: readonly Asked[]): void {
  let piece: Asked | undefined;
  for (const next of asked) {
    if (piece !== undefined && piece.kernel === next.kernel && piece.first + piece.count === next.first) {
      piece = { ...piece, count: piece.count + next.count };
    } else {
      if (piece !== undefined) readAhead(core, piece);
      piece = next;
    }
  }
  if (piece !== undefined) readAhead(core, piece);
}

/**
 * A kernel that reads on where it stopped is given more than it asks for, twice as much each time: only what nobody wants or may
 * write, and it has not. It comes as a request of its own, behind what was asked.
 */
function readAhead(core: Core, asked: Asked): void {
  const kernel = core.state.kernels.get(asked.kernel);
  if (kernel === undefined) return;
  const perPage = Math.max(1, kernel.pageSize / core.options.pageSize);
  const first = asked.first + asked.count;
  // It asked for this before it got it.
  if (asked.first < kernel.next && asked.first >= kernel.next - kernel.window) return;
  const readsOn = kernel.next === asked.first;
  kernel.window = readsOn ? Math.min(Math.max(2, perPage, kernel.window * 2), core.options.readAhead) : 0;
  const free = freeUnits(core, asked.kernel, first, kernel.window);
  const count = free - (free % perPage);
  kernel.next = first + count;
  if (count === 0) return;
  const { pageSize } = core.options;
  const range = { first, count, offset: first * pageSize, length: count * pageSize };
  enqueue(core, { ...asked, ...range, kind: 'ahead', reqId: 0 });
}

function freeUnits(core: Core, kernel: number, first: UnitId, most: number): number {
  const end = Math.min(first + most, Math.ceil(core.state.size / core.options.pageSize));
  let count = 0;
  while (first + count < end) {
    const unit = core.state.units.get(first + count);
    if (unit !== undefined) {
      if (unit.queue.length > 0 || unit.owner !== null) break;
      if (unit.copies.some((copy) => copy.kernel === kernel)) break;
    }
    count += 1;
  }
  return count;
}
