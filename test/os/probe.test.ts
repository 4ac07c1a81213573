import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { probe } from '../../src/os/probe.ts';

test('the probe says what is there, and where nothing is, why', () => {
  const { platform, native, peerCredentials, sharedMemory, futex } = probe();
  expect(platform).toBe(process.platform);
  expect(peerCredentials).toBe(platform === 'linux' && 'version' in native);
  expect(sharedMemory).toBe(peerCredentials ? 'mapped' : 'file');
  expect(futex).toBe(sharedMemory === 'mapped');
  expect(native).toEqual(
    'version' in native
      ? { version: expect.stringMatching(/^\d+\.\d+/) as string }
      : { missing: expect.stringMatching(/koffi|EASYNC_NATIVE/) as string },
  );
});

test('EASYNC_NATIVE=0 switches the foreign function interface off', () => {
  const script = fileURLToPath(new URL('./fixtures/probe.js', import.meta.url));
  const env = { ...process.env, EASYNC_NATIVE: '0' };
  const answer: unknown = JSON.parse(execFileSync(process.execPath, [script], { env, encoding: 'utf8' }));
  expect(answer).toMatchObject({
    native: { missing: 'switched off by EASYNC_NATIVE=0' },
    peerCredentials: false,
    sharedMemory: 'file',
    futex: false,
  });
});
