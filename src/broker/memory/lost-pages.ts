import type { Effect, ObjectId, Page } from '../../vm/types.ts';

type LostPage = { object: ObjectId; page: Page };

/** Pages whose bytes the system had no room for, until the machine knows. */
export class LostPages {
  readonly #pages = new Map<string, LostPage>();

  /** This has failed. */
  add(effect: Effect): void {
    if (effect.type === 'install') this.#add(effect.object, effect.page);
    if (effect.type === 'copy') this.#add(effect.to, effect.toPage);
  }

  /** Whether it would show to somebody what is not there. */
  concerns(effect: Effect): boolean {
    if (effect.type === 'transfer' || effect.type === 'allow' || effect.type === 'compare')
      return this.#has(effect.object, effect.page);
    if (effect.type !== 'copy' || !this.#has(effect.from, effect.fromPage)) return false;
    this.add(effect);
    return true;
  }

  [Symbol.iterator](): Iterator<LostPage> {
    return this.#pages.values();
  }

  #add(object: ObjectId, page: Page): void {
    this.#pages.set(`${object}:${page}`, { object, page });
  }

  #has(object: ObjectId, page: Page): boolean {
    return this.#pages.has(`${object}:${page}`);
  }
}
