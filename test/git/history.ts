import { execFile } from 'node:child_process';
import * as host from 'node:fs/promises';
import { promisify } from 'node:util';

import type { FsClient } from 'easync/servers/fs';
import git from 'isomorphic-git';

// One history, made twice: by isomorphic-git over a client, and by the real git in a directory of the host.

/** What both start from and change. */
const FIRST = { 'README.md': '# one\n', 'src/a.txt': 'a\n'.repeat(3), 'src/deep/b.txt': 'b\n', 'empty.txt': '' };
const ON_TOPIC = { 'src/a.txt': 'a\n'.repeat(3) + 'topic\n', 'topic.txt': 'topic only\n' };
const ON_MAIN = { 'README.md': '# one\n\nmain\n', 'main.txt': 'x'.repeat(200_000) };

type Tree = Readonly<Record<string, string>>;
type Files = Pick<FsClient, 'mkdir' | 'writeFile' | 'symlink' | 'chmod'>;

/** Init, add, commit, branch, checkout, a merge of three, checkout again. Answers the ids of the log, newest first. */
export async function makeHistory(fs: FsClient, dir: string): Promise<string[]> {
  let timestamp = START;
  const author = () => ({ ...AUTHOR, timestamp: timestamp++, timezoneOffset: 0 });
  const save = async (tree: Tree, message: string): Promise<void> => {
    await write(fs, dir, tree);
    for (const filepath of Object.keys(tree)) await git.add({ fs, dir, filepath });
    await git.commit({ fs, dir, message, author: author() });
  };
  await fs.mkdir(dir, { recursive: true });
  await git.init({ fs, dir, defaultBranch: 'main' });
  await extras(fs, dir);
  await git.add({ fs, dir, filepath: ['run.sh', 'link'] });
  await save(FIRST, 'first');
  await git.branch({ fs, dir, ref: 'topic', checkout: true });
  await save(ON_TOPIC, 'on topic');
  await git.checkout({ fs, dir, ref: 'main' });
  await save(ON_MAIN, 'on main');
  await git.merge({ fs, dir, ours: 'main', theirs: 'topic', author: author(), message: 'merge' });
  await git.checkout({ fs, dir, ref: 'topic' });
  await git.checkout({ fs, dir, ref: 'main' });
  return (await git.log({ fs, dir })).map(({ oid }) => oid);
}

/** The same by the real git. */
export async function makeRealHistory(dir: string): Promise<string[]> {
  let timestamp = START;
  const save = async (tree: Tree, message: string): Promise<void> => {
    await write(host, dir, tree);
    await realGit(dir, ['add', '.']);
    await realGit(dir, ['commit', '-m', message], timestamp++);
  };
  await host.mkdir(dir, { recursive: true });
  await realGit(dir, ['init', '-b', 'main']);
  await extras(host, dir);
  await save(FIRST, 'first');
  await realGit(dir, ['checkout', '-b', 'topic']);
  await save(ON_TOPIC, 'on topic');
  await realGit(dir, ['checkout', 'main']);
  await save(ON_MAIN, 'on main');
  await realGit(dir, ['merge', '--no-ff', '-m', 'merge', 'topic'], timestamp++);
  return (await realGit(dir, ['rev-list', 'main'])).split('\n').filter(Boolean);
}

/** Runs the real git, with nobody's settings; answers what it prints. */
export async function realGit(dir: string, args: readonly string[], timestamp = START): Promise<string> {
  const date = `${timestamp} +0000`;
  const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const { stdout } = await run('git', args, { cwd: dir, env: { ...process.env, ...ENVIRONMENT, ...dates } });
  return stdout;
}

/** What the real git has to say against a repository, and beside that: nothing, as it should be. */
export async function realFsck(dir: string): Promise<string> {
  const options = { cwd: dir, env: { ...process.env, ...ENVIRONMENT } };
  const { stdout, stderr } = await run('git', ['fsck', '--full', '--strict', '--no-dangling'], options);
  return stdout + stderr;
}

const run = promisify(execFile);

const START = 1_700_000_000;
const AUTHOR = { name: 'Ann Author', email: 'ann@example.org' };

const ENVIRONMENT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: AUTHOR.name,
  GIT_AUTHOR_EMAIL: AUTHOR.email,
  GIT_COMMITTER_NAME: AUTHOR.name,
  GIT_COMMITTER_EMAIL: AUTHOR.email,
};

async function write(fs: Files, dir: string, tree: Tree): Promise<void> {
  for (const [path, text] of Object.entries(tree)) {
    await fs.mkdir(`${dir}/${path.replace(/[^/]+$/, '')}`, { recursive: true });
    await fs.writeFile(`${dir}/${path}`, text);
  }
}

/** What is no plain file. */
async function extras(fs: Files, dir: string): Promise<void> {
  await fs.writeFile(`${dir}/run.sh`, '#!/bin/sh\n');
  await fs.chmod(`${dir}/run.sh`, 0o755);
  await fs.symlink('src/a.txt', `${dir}/link`);
}
