import { testFutexes } from './futexes.ts';

testFutexes('with koffi');
