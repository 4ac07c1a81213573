import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** An empty directory for one test; it goes away with the test. */
export class ScratchDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'easync-test-'));

  at(name: string): string {
    return join(this.path, name);
  }

  /** The host's path of a name that need not be UTF-8. */
  atBytes(name: Uint8Array): Buffer {
    return Buffer.concat([Buffer.from(`${this.path}/`), name]);
  }

  /** Writes a file and makes the directories on the way; answers the host's path. */
  write(name: string, content: string | Uint8Array): string {
    const path = this.at(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  [Symbol.dispose](): void {
    // A process that was just killed may have put something back.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10 });
  }
}
