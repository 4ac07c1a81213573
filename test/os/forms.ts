import { createTemporaryFile } from '../../src/os/temporary-file.ts';
import { libc } from '../../src/os/libc.ts';
import { Nameless, type NamelessFile } from '../../src/os/nameless-file.ts';
import { createSealedMemory, mappingWorks } from '../../src/os/sealed-memory.ts';

/** Both forms of shared memory, made as `createNamelessFile` makes the one that it finds possible here. */
export type Form = { form: 'mapped' | 'file'; create: (bytes: number) => NamelessFile };

export const FILE: Form = { form: 'file', create: (bytes) => new Nameless(createTemporaryFile(bytes)) };

export const isMapped = mappingWorks();
export const FORMS: readonly Form[] = isMapped ? [{ form: 'mapped', create: createMapped }, FILE] : [FILE];

function createMapped(bytes: number): NamelessFile {
  const c = libc();
  if (c === undefined) throw new Error('mapping takes koffi');
  return new Nameless(createSealedMemory(c, bytes));
}
