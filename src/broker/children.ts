import { IpcError } from '../errors.ts';
import type { Child, Host, SpawnRequest } from '../host/host.ts';

/** The processes that a broker has started and that have not ended. */
export class Children {
  readonly #host: Host;
  readonly #most: number;
  readonly #alive = new Set<Child>();
  #starting = 0;

  constructor(host: Host, most: number) {
    this.#host = host;
    this.#most = most;
  }

  /** @throws IpcError ELIMIT, ESPAWN */
  async start(request: SpawnRequest): Promise<Child> {
    if (this.#alive.size + this.#starting >= this.#most) {
      const text = `this broker has ${this.#most} processes running that it started (children); dispose some before opening more`;
      throw new IpcError('ELIMIT', text, { op: 'spawn' });
    }
    this.#starting += 1;
    try {
      const child = await this.#host.spawn(request);
      this.#alive.add(child);
      void child.exited.then(() => this.#alive.delete(child));
      return child;
    } finally {
      this.#starting -= 1;
    }
  }

  /** Settles once all have ended. */
  async gone(): Promise<void> {
    await Promise.all([...this.#alive].map(({ exited }) => exited));
  }
}
