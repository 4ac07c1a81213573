/** Warns about handles that were garbage-collected without a release. A help for finding bugs; nothing relies on it. */
export class LeakWatch {
  readonly #registry: FinalizationRegistry<string>;

  constructor(warn: (text: string) => void) {
    this.#registry = new FinalizationRegistry((label) => {
      warn(`a handle on ${label} was lost without deallocate(); use \`using\`, or release it when you are done`);
    });
  }

  watch(handle: object, label: string): void {
    this.#registry.register(handle, label, handle);
  }

  unwatch(handle: object): void {
    this.#registry.unregister(handle);
  }
}
