import { testRegions } from './regions.ts';

// Looked at when memory is first needed.
process.env['EASYNC_NATIVE'] = '0';

testRegions('without koffi');
