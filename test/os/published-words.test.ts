import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openPublishedWords, PublishedWords } from '../../src/os/published-words.ts';
import { isMapped } from './forms.ts';

test('others read what is stored, and go on to when it is gone', () => {
  const words = new PublishedWords(4096);
  using one = openPublishedWords(process.pid, words.fd);
  const other = openPublishedWords(process.pid, words.fd);
  expect([one.load(0), other.load(4092)]).toEqual([0, 0]);
  words.store(4092, 1);
  expect([one.load(4088), one.load(4092), other.load(4092)]).toEqual([0, 1, 1]);
  other[Symbol.dispose]();
  expect(() => other.load(0)).toThrow(expect.objectContaining({ code: 'ERELEASED' }));
  words[Symbol.dispose]();
  expect(one.load(4092)).toBe(1);
});

test.runIf(isMapped)('nobody else can write there', () => {
  using words = new PublishedWords(4096);
  const fd = openSync(`/proc/self/fd/${words.fd}`, 'r+');
  expect(() => writeSync(fd, Buffer.from([1]), 0, 1, 0)).toThrow(/EPERM/);
  closeSync(fd);
  words.store(0, 1);
  using reader = openPublishedWords(process.pid, words.fd);
  expect(reader.load(0)).toBe(1);
});
