import type { Code } from '../../errors.ts';
import type { ObjectId } from '../../vm/types.ts';

/** A word of a memory object, and the domain in which one sleeps there. */
export type Place = { readonly object: ObjectId; readonly offset: number; readonly domain: number };

/** What a kernel says to the pager that it shares an object with others by. Nothing of it is called back from inside these. */
export type PagerSide = {
  /** This kernel is about to have its first sleeper there. `'asked'`: `listening` is called when all others know. */
  listen(place: Place): Code | 'asked';
  /** Nobody here sleeps there any more, nor is about to. */
  ignore(place: Place): void;
  /** Sleepers of other kernels, if there are any, are to be woken. False: there is no room to say so; `room` is called when there is. */
  wakeup(place: Place, one: boolean): boolean;
};

type Answer = (code: Code) => void;

/** What this kernel and others that share its memory objects know of each other's sleepers. */
export class OtherKernels {
  readonly #pagers: PagerSide;
  /** Domains in which others have sleepers, by word. */
  readonly #interest = new Map<string, Set<number>>();
  /** Objects of which others have sleepers at more places than are remembered. */
  readonly #everywhere = new Set<ObjectId>();
  readonly #listening = new Map<string, Answer[]>();
  readonly #crowded = new Map<ObjectId, { place: Place; one: boolean; answer: Answer }[]>();

  constructor(pagers: PagerSide) {
    this.#pagers = pagers;
  }

  /** Answers when every other kernel has a wakeup there come here, too. */
  listen(place: Place, answer: Answer): void {
    const code = this.#pagers.listen(place);
    if (code !== 'asked') return answer(code);
    const name = nameOf(place, place.domain);
    this.#listening.set(name, [...(this.#listening.get(name) ?? []), answer]);
  }

  listening(place: Place, code: Code): void {
    const name = nameOf(place, place.domain);
    const waiting = this.#listening.get(name) ?? [];
    this.#listening.delete(name);
    for (const answer of waiting) answer(code);
  }

  /** Answers when it is said, or if there is nobody to say it to. */
  wakeup(place: Place, one: boolean, answer: Answer): void {
    if (this.#pagers.wakeup(place, one)) return answer(0);
    const crowd = this.#crowded.get(place.object) ?? [];
    crowd.push({ place, one, answer });
    this.#crowded.set(place.object, crowd);
  }

  room(object: ObjectId): void {
    const crowd = this.#crowded.get(object) ?? [];
    while (crowd[0] !== undefined && this.#pagers.wakeup(crowd[0].place, crowd[0].one)) crowd.shift()?.answer(0);
    if (crowd.length === 0) this.#crowded.delete(object);
  }

  /** In how many domains others sleep there. */
  interestIn(word: Pick<Place, 'object' | 'offset'>): number {
    return (this.#interest.get(nameOf(word))?.size ?? 0) + (this.#everywhere.has(word.object) ? 1 : 0);
  }

  /** Others may have sleepers anywhere in the object, until it is over. Counts once for each word. */
  interestEverywhere(object: ObjectId): void {
    this.#everywhere.add(object);
  }

  /** Others have sleepers there now, or have none any more. Answers by how much `interestIn` has changed. */
  setInterest(place: Place, isOn: boolean): number {
    const name = nameOf(place);
    const domains = this.#interest.get(name) ?? new Set<number>();
    const before = domains.size;
    if (isOn) domains.add(place.domain);
    else domains.delete(place.domain);
    if (domains.size === 0) this.#interest.delete(name);
    else this.#interest.set(name, domains);
    return domains.size - before;
  }

  /** The object has ended, or its pager: there are no others any more. */
  over(object: ObjectId): void {
    for (const { answer } of this.#crowded.get(object) ?? []) answer(0);
    this.#crowded.delete(object);
    const isOf = (name: string): boolean => name.startsWith(`${object}:`);
    this.#everywhere.delete(object);
    for (const name of [...this.#interest.keys()].filter(isOf)) this.#interest.delete(name);
    for (const [name, answers] of [...this.#listening].filter(([one]) => isOf(one))) {
      this.#listening.delete(name);
      for (const answer of answers) answer('KERN_MEMORY_ERROR');
    }
  }
}

function nameOf({ object, offset }: Pick<Place, 'object' | 'offset'>, domain?: number): string {
  return domain === undefined ? `${object}:${offset}` : `${object}:${offset}:${domain}`;
}
