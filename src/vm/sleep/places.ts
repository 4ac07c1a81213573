import { isCutOff } from '../futex/key.ts';
import type { Machine } from '../machine.ts';
import type { MemoryObject } from '../state.ts';
import type { PlaceState } from './types.ts';

type At = { readonly offset: number; readonly domain: number };

export function placeAt({ sleeps }: MemoryObject, at: At): PlaceState | undefined {
  return sleeps.places.get(nameOf(at));
}

/** The record of the place, from now on. Null: there is no room for more. */
export function newPlace(m: Machine, object: MemoryObject, { offset, domain }: At): PlaceState | null {
  const known = placeAt(object, { offset, domain });
  if (known !== undefined) return known;
  if (m.state.sleepPlaces >= m.limits.futexes) return null;
  const place: PlaceState = { offset, domain, interest: 'none', isElsewhere: false };
  object.sleeps.places.set(nameOf(place), place);
  m.state.sleepPlaces += 1;
  return place;
}

/** Nothing is lost if it is made anew. */
export function forgetIfIdle(m: Machine, object: MemoryObject, place: PlaceState): void {
  if (place.interest !== 'none' || place.isElsewhere) return;
  if (object.sleeps.places.delete(nameOf(place))) m.state.sleepPlaces -= 1;
}

/** There is a pager to talk to about sleepers, who may be those of other kernels. */
export function hasPager(object: MemoryObject): boolean {
  const { status, internal } = object;
  return !internal && !isCutOff(object) && (status === 'ready' || status === 'starting');
}

function nameOf({ offset, domain }: At): string {
  return `${offset}/${domain}`;
}
