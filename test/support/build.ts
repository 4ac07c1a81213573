import { execFileSync } from 'node:child_process';

/** Once per run: what the tests start is built from what they test. */
export default function build(): void {
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
}
