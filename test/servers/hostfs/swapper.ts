import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Another process that puts each of `faces` in the place of `target` in turn, as fast as it can, until it is killed. */
export async function swapper(target: string, faces: readonly string[]): Promise<Disposable> {
  const script = `
    const { renameSync } = require('node:fs');
    const [target, ...faces] = process.argv.slice(1);
    process.stdout.write('go');
    for (let i = 0; ; i = (i + 1) % faces.length) {
      renameSync(faces[i], target);
      renameSync(target, faces[i]);
    }`;
  const child = spawn(process.execPath, ['-e', script, target, ...faces], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return { [Symbol.dispose]: () => void child.kill('SIGKILL') };
}
