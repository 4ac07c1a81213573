import { futexWorks } from './futex.ts';
import { native } from './native.ts';
import { peerCredentialsWork } from './peer-credentials.ts';
import { mappingWorks } from './sealed-memory.ts';

/** What this system offers beyond plain Node. */
export type Capabilities = {
  platform: string;
  /** The version of koffi, or why there is no foreign function interface. */
  native: { version: string } | { missing: string };
  /** Whether a link can tell which process is at its other end. */
  peerCredentials: boolean;
  /** Whether shared memory is mapped, or read and written as a file. */
  sharedMemory: 'mapped' | 'file';
  /** Whether a thread can wait for a word of shared memory. */
  futex: boolean;
};

/** Finds out what is there. Loads the foreign function interface to do so. */
export function probe(): Capabilities {
  const { koffi, reason } = native();
  return {
    platform: process.platform,
    native: koffi === undefined ? { missing: reason } : { version: koffi.version },
    peerCredentials: peerCredentialsWork(),
    sharedMemory: mappingWorks() ? 'mapped' : 'file',
    futex: futexWorks(),
  };
}
