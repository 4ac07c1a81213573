import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const canMount = mayMount();
export const WITHOUT_MOUNT = canMount ? '' : ' (to mount a small one takes root)';

/** A file system with little room, for one test. */
export class SmallDisk implements Disposable {
  readonly path: string;

  constructor(path: string, size: string) {
    this.path = path;
    mkdirSync(path);
    mount(path, size);
  }

  [Symbol.dispose](): void {
    // Lazily: a driver process may have its file open for a moment still.
    execFileSync('umount', ['-l', this.path]);
  }
}

function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const path = mkdtempSync(join(tmpdir(), 'easync-test-'));
  const status = mount(path, '64k');
  if (status === 0) execFileSync('umount', [path]);
  rmdirSync(path);
  return status === 0;
}

function mount(path: string, size: string): number | null {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'easync-test', path]).status;
}
