// What users import as 'easync/sync', of the same build as support/easync.js.
export * from '../../dist/src/sync/index.js';
