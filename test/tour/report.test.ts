import { expect, test } from 'vitest';

import { pathKey } from '../../src/tour/digest.ts';
import { toJson } from '../../src/tour/json.ts';
import { Latencies } from '../../src/tour/latencies.ts';
import { createProgress, progressLine } from '../../src/tour/progress.ts';
import type { Pass } from '../../src/tour/read-tree.ts';
import { tourResult } from '../../src/tour/result.ts';
import { changeReport, toTable } from '../../src/tour/table.ts';

const pass = (files: Record<string, string>, skipped: Record<string, string> = {}): Pass => ({
  files: new Map(Object.entries(files)),
  bytes: 1234,
  skipped: new Map(Object.entries(skipped)),
  latencies: new Latencies(),
  wallMs: 1.23456,
  where: { pid: 42, threadId: 0 },
});

const calm = {
  direct: pass({ a: '1' }),
  inline: pass({ a: '1' }),
  thread: pass({ a: '1' }),
  process: pass({ a: '1' }),
};

test('the JSON has the agreed keys, and none more while nothing changed', () => {
  const json = JSON.parse(toJson(tourResult('/dir', calm)));
  expect(Object.keys(json)).toEqual(['dir', 'files', 'bytes', 'digest', 'skipped', 'placements']);
  expect(Object.keys(json.placements)).toEqual(['direct', 'inline', 'thread', 'process']);
  expect(json.placements.process).toEqual({
    files: 1,
    bytes: 1234,
    digest: json.digest,
    calls: 0,
    wallMs: 1.23,
    p50us: 0,
    p99us: 0,
    pid: 42,
    threadId: 0,
  });
});

test('what was skipped is told once, in bytewise order, without losing a byte', () => {
  const odd = pathKey(Uint8Array.of(0x62, 0xff));
  const direct = pass({}, { [odd]: 'EACCES', 'a\n': 'ENOENT' });
  const json = toJson(tourResult('/dir', { ...calm, direct, inline: pass({}, { [odd]: 'EIO' }) }));
  expect(json).toContain(String.raw`"skipped":[{"path":"a\n","code":"ENOENT"},{"path":"b\udcff","code":"EACCES"}]`);
});

test('a file that changed, came or went between the passes is named', () => {
  const result = tourResult('/dir', { ...calm, thread: pass({ a: '2', new: '1' }), process: pass({}) });
  expect(result.agree).toBe(false);
  expect(changeReport(result)).toEqual(["changed while it was read: 'a'", "changed while it was read: 'new'"]);
  expect(JSON.parse(toJson(result)).changed).toEqual(['a', 'new']);
  expect(toTable(result)).toContain('DIFFER');
});

test('the table: one row for each placement, columns aligned, no control characters from names', () => {
  const lines = toTable(tourResult('/di\u001br', { ...calm, direct: pass({ a: '1' }, { 'x\u001b': 'EACCES' }) })).split(
    '\n',
  );
  expect(lines[0]).toBe(String.raw`'/di\x1br': 1 files, 1,234 bytes`);
  expect(lines.slice(2, 7).map((line) => line.split(/ {2,}/)[0])).toEqual([
    'placement',
    'direct',
    'inline',
    'thread',
    'process',
  ]);
  expect(new Set(lines.slice(2, 7).map((line) => line.length)).size).toBe(1);
  expect(lines.at(-1)).toBe(String.raw`  EACCES 'x\x1b'`);
});

test('thousands of skipped entries are cut short for people', () => {
  const skipped = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, 'EACCES']));
  expect(
    toTable(tourResult('/', { ...calm, direct: pass({}, skipped) }))
      .split('\n')
      .at(-1),
  ).toBe('  and 980 more');
});

test('progress is drawn on a terminal only, and leaves a clean line', () => {
  let drawn = '';
  const stream = { isTTY: true, columns: 30, write: (text: string) => ((drawn += text), true) };
  {
    using progress = createProgress(stream);
    progress.begin('inline', 2e6);
    progress.update(1e6);
  }
  expect(drawn.startsWith('\r\u001b[2Kinline    [')).toBe(true);
  expect(drawn.endsWith('\r\u001b[2K')).toBe(true);
  expect(drawn.split('\r\u001b[2K').every((line) => line.length < 30)).toBe(true);

  drawn = '';
  {
    using progress = createProgress({ ...stream, isTTY: false as never });
    progress.begin('inline', 2e6);
  }
  expect(drawn).toBe('');
});

test('the bar', () => {
  expect(progressLine('thread', 5e5, 1e6)).toBe(`thread    [${'#'.repeat(15)}${'.'.repeat(15)}]  50 %  0.5 MB`);
  expect(progressLine('thread', 3e6, 1e6)).toContain(' 100 % ');
  expect(progressLine('warming', 5e5, 0)).toBe('warming   0.5 MB');
});
