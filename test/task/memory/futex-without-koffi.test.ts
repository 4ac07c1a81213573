import { testFutexes } from './futexes.ts';

// Looked at when memory is first needed.
process.env['EASYNC_NATIVE'] = '0';

testFutexes('without koffi');
