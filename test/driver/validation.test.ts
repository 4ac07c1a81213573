import { bind, copy, make, portOf } from 'easync';
import { describe, expect, test } from 'vitest';
import { validatedHandler } from '../../src/driver/validated.ts';
import { unchecked } from '../../src/driver/schemas.ts';
import { Registrar } from '../fixtures/registrar.js';
import { fixture, PLACEMENTS } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { testSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

const REGISTRAR = fixture('registrar.js');

/** What no type allows, as a client in JavaScript may send it. */
const wrong = (value: unknown): never => value as never;

describe.each(PLACEMENTS)('schemas, $where', ({ place, check }) => {
  test('a wrong call is a typed error that names the path, and the handler never sees it', async () => {
    await using t = await testSystem({ check });
    using registrar = await t.sys.open(Registrar, REGISTRAR, { place });

    const error = await rejection(registrar.add(wrong({ name: '', tags: ['a', 7] })));
    expect(error).toMatchObject({
      name: 'IpcError',
      code: 'MIG_BAD_ARGUMENTS',
      op: 'validate',
      object: 'registrar.add',
      handled: 'no',
      issues: [{ path: ['name'] }, { path: ['tags', 1] }],
    });
    expect(error.message).toMatch(/^MIG_BAD_ARGUMENTS: registrar\.add: args\.name: .+ \(and 1 more\)$/);
    const valibot = await rejection(registrar.find(wrong({ id: 'x' })));
    expect(valibot.message).toMatch(/^MIG_BAD_ARGUMENTS: registrar\.find: args\.id: .*"x"/);
    expect((await rejection(registrar.parse(wrong(5)))).message).toContain('registrar.parse: args: ');
    expect(await registrar.seen()).toEqual([]);
  });

  test('what conforms reaches the handler as the schema makes it', async () => {
    await using t = await testSystem({ check });
    using registrar = await t.sys.open(Registrar, REGISTRAR, { place });
    expect(await registrar.add({ name: 'Ann' })).toBe(1);
    expect(await registrar.add(wrong({ name: 'Bob', tags: ['x'], admin: true }))).toBe(2);
    expect(await registrar.seen()).toEqual([
      { name: 'Ann', tags: [] },
      { name: 'Bob', tags: ['x'] },
    ]);
    expect(await registrar.find({ id: 1 })).toEqual({ name: 'Ann' });
    expect(await registrar.find({ id: 9 })).toBe(null);
    expect(await registrar.parse('41')).toBe('42');
    expect(await registrar.typed({ text: 'free' })).toBe('free');
  });

  test('a result that does not conform is the driver’s fault, at once or later', async () => {
    await using t = await testSystem({ check });
    using registrar = await t.sys.open(Registrar, REGISTRAR, { place });
    for (const routine of ['breakResult', 'breakResultLater'] as const) {
      const error = await rejection(registrar[routine]());
      expect(error).toMatchObject({ code: 'MIG_TYPE_ERROR', handled: 'maybe', issues: [{ path: ['deep', 1] }] });
      expect(error.message).toContain(`registrar.${routine}: result.deep[1]: `);
    }
    expect((await rejection(registrar.typed(wrong({ text: 1 })))).message).toContain('registrar.typed: result: ');
  });

  test('rights that a schema refuses or takes out are given back', async () => {
    await using t = await testSystem({ check });
    using registrar = await t.sys.open(Registrar, REGISTRAR, { place });
    const port = t.sys.task.allocate({ label: 'mine' });
    const gone = new Promise<void>((resolve) => port.onNoSenders(resolve));
    await registrar.hand(wrong({ keep: make.send(port), more: make.send(port) }));
    await rejection(registrar.hand(wrong({ keep: 1, more: make.send(port) })));
    await rejection(registrar.add(wrong({ name: 1, tags: [make.send(port)] })));
    await gone;
    port.destroy();
    expect(await registrar.seen()).toEqual([{}]);
    expect((await rejection(registrar.leakResult())).message).toContain('registrar.leakResult: result.port: ');
    await until(async () => (await registrar.seen()).includes('given back'));
  });

  test('a one-way call that does not conform is told to the operator; a schema that waits is refused', async () => {
    await using t = await testSystem({ check });
    using registrar = await t.sys.open(Registrar, REGISTRAR, { place });
    await registrar.note(1);
    expect(await rejection(registrar.slow(1))).toMatchObject({ code: 'EINVAL', object: 'registrar.slow' });
    expect(await registrar.seen()).toEqual([1]);
  });
});

test('a client that asks for it checks on its side: nothing wrong leaves, nothing wrong is taken', async () => {
  await using t = await testSystem();
  const calls: unknown[] = [];
  const lax = t.sys.serve({ ...Registrar, routines: UNCHECKED }, handlers(calls));
  using strict = t.sys.bind(Registrar, lax.right(), { validate: true });
  const error = await rejection(strict.add(wrong({ name: 1 })));
  expect(error).toMatchObject({ code: 'MIG_BAD_ARGUMENTS', issues: [{ path: ['name'] }] });
  expect(calls).toEqual([]);
  const result = await rejection(strict.add({ name: 'Ann' }));
  expect(result).toMatchObject({ code: 'MIG_TYPE_ERROR', object: 'registrar.add' });
  expect(calls).toEqual([{ name: 'Ann' }]);
  using trusting = bind(Registrar, copy(portOf(strict)));
  expect(await trusting.add({ name: 'Bob' })).toBe('not a number');
});

test('without a schema a handler is left as it is', () => {
  const handler = (): number => 1;
  expect(validatedHandler(handler, undefined, 'x.y')).toBe(handler);
  expect(validatedHandler(handler, {}, 'x.y')).toBe(handler);
  expect(validatedHandler(handler, { args: unchecked<string>(), result: unchecked<number>() }, 'x.y')).toBe(handler);
});

test('an error that a schema throws is the driver’s own', async () => {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: fails } } as const;
  const checked = validatedHandler(() => 1, { args: schema }, 'x.y');
  expect(() => checked(1, wrong(null))).toThrow(new RangeError('in the schema'));
});

test.each([
  ['a thenable that is no promise', () => thenable],
  ['neither a value nor issues', () => ({})],
])('a schema that answers %s lets nothing through', (_what, validate) => {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: validate as never } } as const;
  const reached: unknown[] = [];
  const checked = validatedHandler((args) => reached.push(args), { args: schema }, 'x.y');
  expect(() => checked(1, wrong(null))).toThrow(/^EINVAL: x\.y: the schema of its args /);
  expect(reached).toEqual([]);
});

const thenable = {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
  then: (done: (outcome: unknown) => void) => done({ issues: [] }),
};

function fails(): never {
  throw new RangeError('in the schema');
}

/** The same routines, of a server that checks nothing. */
const UNCHECKED = Object.fromEntries(
  Object.entries(Registrar.routines).map(([key, { kind }]) => [key, { kind }]),
) as unknown as typeof Registrar.routines;

function handlers(calls: unknown[]): never {
  const add = (args: unknown): string => {
    calls.push(args);
    return 'not a number';
  };
  return Object.fromEntries(Object.keys(Registrar.routines).map((key) => [key, add])) as never;
}
