import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { boot, defineSubsystem, make, portOf, routine } from 'easync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLI, isRunning, Program } from '../support/processes.ts';
import { Lab, LAB, Report } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { Scratch } from '../support/scratch.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';

const RAMDISK = fileURLToPath(new URL('../../examples/placements/ramdisk.js', import.meta.url));
const PAGER_FILE = fileURLToPath(new URL('../../dist/servers/pager-file/index.js', import.meta.url));
const DISK = [RAMDISK, '--options', '{"blocks": 64}'];
/** Of util-linux: gives a program a terminal. */
const HAS_SCRIPT = spawnSync('script', ['--version']).status === 0;
const REGISTRAR = fileURLToPath(new URL('../fixtures/registrar.js', import.meta.url));

// `easync run`, `ls` and `call`: a driver is served and called with nothing written but the driver.
describe('with a broker', () => {
  let broker: SharedBroker;

  beforeAll(async () => {
    broker = await SharedBroker.start();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  test('a driver is served, listed, called, and gone when it is told', async () => {
    await using server = run('run', ...DISK, '--name', 'disk', '--place', 'process');
    expect(await server.line()).toBe('disk is checked in; ctrl-c ends it');

    expect(await output('ls')).toEqual([
      expect.stringMatching(/^name +subsystem +pid +routines$/),
      expect.stringMatching(/^bootstrap +bootstrap +\d+ +checkIn checkOut register lookUp list$/),
      expect.stringMatching(/^disk +block +\d+ +.*read write/),
    ]);
    const disk = await listed('disk');
    expect(disk).toMatchObject({ subsystem: 'block', label: expect.any(String) });
    expect(isRunning(disk.pid)).toBe(true);

    const data = Buffer.alloc(512, 'x').toString('base64');
    expect(await output('call', 'disk', 'write', `{"lba": 3, "data": {"$bytes": "${data}"}}`)).toEqual(['1']);
    const [read] = await output('call', 'disk', 'read', '{"lba": 3, "count": 1}', '--json');
    expect(JSON.parse(read ?? '')).toEqual({ $bytes: data });

    server.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(await output('ls')).toHaveLength(2);
  });

  test.each([
    ['cannot begin', '{"files":{"words":"/nowhere/words"}}', 'ENOENT'],
    ['has the name of one of its objects', `{"files":{"pager":${JSON.stringify(CLI)}}}`, 'ENAMEINUSE'],
  ])('a pager that %s says so, and ends', async (_what, options, code) => {
    await using server = run('run', PAGER_FILE, '--name', 'pager', '--options', options);
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(await server.stderr).toContain(`easync: ${code}`);
    expect(await output('ls')).toHaveLength(2);
  });

  test.each([
    ['inline', true],
    ['process:disks', false],
  ])('with --place %s it runs there', async (place, isHere) => {
    await using server = run('run', ...DISK, '--name', place, '--place', place);
    await server.line();
    expect((await listed(place)).pid === server.pid).toBe(isHere);
  });

  test.each(['inline', 'thread', 'process', 'process:labs'])(
    'told to stop, a driver closes in good order: %s',
    async (place) => {
      await using sys = await boot({ socket: broker.socket, label: 'the test' });
      await using server = run('run', fileURLToPath(LAB), '--name', `closing ${place}`, '--place', place);
      await server.line();
      const closed = new Promise<void>((resolve) => {
        const report = sys.serve(Report, { closed: () => resolve() });
        void sys.lookUp(Lab, `closing ${place}`).then(async (lab) => {
          await lab.report({ to: report.right() });
          lab[Symbol.dispose]();
          server.kill('SIGTERM');
        });
      });
      await closed;
      expect(await server.exited).toEqual({ code: 0, signal: null });
      const dead = (await sys.host?.dead()) ?? [];
      expect(dead.filter(({ reason }) => reason.includes('went on for'))).toEqual([]);
    },
  );

  test('an opener that is killed: its driver closes in good order, whoever could still call it', async () => {
    await using sys = await boot({ socket: broker.socket, label: 'the test' });
    await using server = run('run', fileURLToPath(LAB), '--name', 'orphan', '--place', 'process');
    await server.line();
    using lab = await sys.lookUp(Lab, 'orphan');
    const dead = new Promise<void>((resolve) => portOf(lab).onDead(resolve));
    const closed = new Promise<void>((resolve) => {
      const report = sys.serve(Report, { closed: () => resolve() });
      void Promise.resolve(lab.report({ to: report.right() })).then(() => server.kill());
    });
    await closed;
    await dead;
    expect(await rejection(lab.echo(1))).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', handled: 'no' });
  });

  test('a file may say where it runs, and a bad one troubles no other command', async () => {
    await using scratch = await Scratch.make();
    await writeFile(scratch.join('places.json'), '{ "filed": "process" }');
    const filed = new Program([CLI, 'run', ...DISK, '--name', 'filed'], {
      env: { EASYNC_SOCKET: broker.socket, EASYNC_PLACEMENTS: scratch.join('places.json') },
    });
    await using server = filed;
    await server.line();
    expect((await listed('filed')).pid).not.toBe(server.pid);
    await using ls = new Program([CLI, 'ls'], {
      env: { EASYNC_SOCKET: broker.socket, EASYNC_PLACEMENTS: scratch.join('none.json') },
    });
    expect((await ls.rest()).length).toBeGreaterThan(2);
  });

  test('a right in a result is shown as one', async () => {
    await using server = run('run', fileURLToPath(LAB), '--name', 'giver');
    await server.line();
    expect(await output('call', 'giver', 'sub')).toEqual([
      expect.stringMatching(/^\{ port: \[SendRight: send right \d+\] \}$/),
    ]);
  });

  test('what is wrong with a call is told with its place; the exit code is 1', async () => {
    await using server = run('run', REGISTRAR, '--json');
    expect(JSON.parse(await server.line())).toMatchObject({ name: 'registrar', place: null, pid: server.pid });
    expect(await output('call', 'registrar', 'add', '{"name": "Ann"}')).toEqual(['1']);
    expect(await output('call', 'registrar', 'find', '{"id": 1}', '--json')).toEqual(['{"name":"Ann"}']);
    expect(await failure('call', 'registrar', 'add', '{"name": 5}')).toMatch(
      /^1 easync: MIG_BAD_ARGUMENTS: registrar\.add: args\.name: /,
    );
    expect(await failure('call', 'registrar', 'fly')).toMatch(
      /^1 easync: ENOROUTINE: 'registrar' is a registrar and has no routine 'fly'; it has: add, find, /,
    );
    expect(await failure('call', 'registrar', 'add', '{name}')).toMatch(/^2 easync: the arguments are no JSON: /);
    expect(await failure('call', 'nobody', 'add')).toMatch(/^1 easync: ENONAME: /);
    await using second = run('run', REGISTRAR);
    expect((await second.exited).code).toBe(1);
    expect(await second.stderr).toContain("ENAMEINUSE: the name 'registrar' is taken");
  });

  test('arguments come from stdin with -', async () => {
    await using server = run('run', REGISTRAR, '--name', 'piped');
    await server.line();
    const shell = `echo '{"name": "Bob"}' | ${process.execPath} ${CLI} call piped add -`;
    await using piped = new Program(
      ['-e', `require('child_process').execSync(${JSON.stringify(shell)}, { stdio: 'inherit' })`],
      env(),
    );
    expect(await piped.rest()).toEqual(['1']);
  });

  test.each([
    [['run'], 'easync run takes one module'],
    [['run', RAMDISK, '--options', '{'], '--options is no JSON'],
    [['call', 'x'], 'takes a name, a routine'],
    [['ls', 'x'], 'takes no arguments'],
    [['ls', '--place', 'inline'], '--place is an option of easync run'],
  ])('wrong usage, %j, is told in one line and exits with 2', async (args, text) => {
    const told = await failure(...args);
    expect(told).toMatch(/^2 easync: /);
    expect(told).toContain(text);
    expect(told.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a module that is none, and a placement that is none, are told by their names', async () => {
    expect(await failure('run', './none.js')).toMatch(/^1 easync: EMODULE: .*none\.js/);
    expect(await failure('run', RAMDISK, '--place', 'attic')).toMatch(
      /^1 easync: EINVAL: open ramdisk: there is no placement 'attic'/,
    );
  });

  test('a driver whose process dies ends its command; a broker that goes, too', async () => {
    await using server = run('run', ...DISK, '--name', 'mortal', '--place', 'process');
    await server.line();
    process.kill((await listed('mortal')).pid, 'SIGKILL');
    expect((await server.exited).code).toBe(1);
    expect(await server.stderr).toContain('the driver mortal has ended');

    await using other = await SharedBroker.start();
    await using orphan = new Program([CLI, 'run', ...DISK, '--socket', other.socket]);
    await orphan.line();
    other.program.kill();
    expect((await orphan.exited).code).toBe(1);
    expect(await orphan.stderr).toContain('the broker has gone');
  });

  test('ls lists what does not answer, and what is no driver', async () => {
    await using sys = await boot({ socket: broker.socket, label: 'silent' });
    const unread = sys.task.allocate({ label: 'unread' });
    await sys.names.register({ name: 'unread', port: make.send(unread) });
    const rows = await output('ls');
    expect(rows.at(-1)).toMatch(new RegExp(`^unread +\\(no answer\\) +${process.pid} +-$`));
    unread.destroy();
  });

  test.skipIf(!HAS_SCRIPT)(
    'on a terminal a line says what is waited for, and values have colours; NO_COLOR is heeded',
    async () => {
      await using sys = await boot({ socket: broker.socket });
      let finish = (): void => undefined;
      const Slow = defineSubsystem('slow', { nap: routine<void, { done: boolean }>() });
      const nap = (): Promise<{ done: boolean }> => new Promise((resolve) => (finish = () => resolve({ done: true })));
      await sys.names.checkIn({ name: 'slow', port: sys.serve(Slow, { nap }).right() });

      const coloured = onTerminal({}, 'call', 'slow', 'nap');
      await until(() => coloured.text().includes('slow nap … '));
      finish();
      await coloured.ended;
      expect(coloured.text()).toContain('\u001B[2K{ done: \u001B[33mtrue');

      const plain = onTerminal({ NO_COLOR: '1' }, 'call', 'slow', 'nap');
      await until(() => plain.text().includes('slow nap … '));
      finish();
      await plain.ended;
      expect(plain.text()).toContain('{ done: true }');
    },
  );

  /** What a command writes where stdout and stderr are a terminal. */
  function onTerminal(
    more: Record<string, string>,
    ...args: string[]
  ): { text: () => string; ended: Promise<unknown> } {
    const command = [process.execPath, CLI, ...args].join(' ');
    const { FORCE_COLOR: _force, NO_COLOR: _no, CI: _ci, ...inherited } = process.env;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...inherited, TERM: 'xterm', EASYNC_SOCKET: broker.socket, ...more },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return { text: () => text, ended: once(child, 'close') };
  }

  const env = () => ({ env: { EASYNC_SOCKET: broker.socket } });
  const run = (...args: string[]): Program => new Program([CLI, ...args], env());

  async function output(...args: string[]): Promise<string[]> {
    await using program = run(...args);
    const lines = await program.rest();
    expect(await program.stderr).toBe('');
    expect((await program.exited).code).toBe(0);
    return lines;
  }

  async function listed(wanted: string): Promise<{ pid: number }> {
    const services = JSON.parse((await output('ls', '--json'))[0] ?? '') as { name: string; pid: number }[];
    return services.find(({ name }) => name === wanted) ?? expect.unreachable(`${wanted} is not checked in`);
  }

  /** Exit code and stderr of a command that prints nothing else. */
  async function failure(...args: string[]): Promise<string> {
    await using program = run(...args);
    expect(await program.rest()).toEqual([]);
    return `${(await program.exited).code} ${await program.stderr}`;
  }
});
