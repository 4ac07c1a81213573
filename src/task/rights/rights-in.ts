import { type BodyRight, isBodyRight } from './body-right.ts';

/** The message with this body does not leave: every right in it is back where it was. */
export function restoreRights(body: unknown): void {
  for (const right of rightsIn(body)) right.restore();
}

/** Nobody wants this body any more: gives every right in it back. */
export function releaseRights(body: unknown): void {
  for (const right of rightsIn(body)) right.deallocate();
}

/** The sender of this body has been told that what it moved is gone. */
export function disownRights(body: unknown): void {
  for (const right of rightsIn(body)) right.disown();
}

/** It has come to its receiver without leaving the task: every right in it is the receiver's, an ordinary handle. */
export function arriveRights(body: unknown): void {
  for (const right of rightsIn(body)) right.arrive();
}

export function rightsIn(body: unknown): BodyRight[] {
  const rights: BodyRight[] = [];
  eachObject(body, (object) => {
    if (isBodyRight(object)) rights.push(object);
  });
  return rights;
}

/** Visits what a body is made of, also one that cannot travel. Looks at what is stored and runs no getter. */
export function eachObject(body: unknown, visit: (object: object) => void): void {
  const seen = new Set<unknown>();
  const left: unknown[] = [body];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    visit(value);
    if (isBodyRight(value) || ArrayBuffer.isView(value)) continue;
    if (value instanceof Map || value instanceof Set) for (const entry of value) left.push(entry);
    else for (const { value: item } of Object.values(Object.getOwnPropertyDescriptors(value))) left.push(item);
  }
}
