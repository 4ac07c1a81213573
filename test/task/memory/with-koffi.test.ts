import { testRegions } from './regions.ts';

testRegions('with koffi');
