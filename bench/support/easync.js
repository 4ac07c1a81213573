// What users import as 'easync'. This folder is a package of its own, so it names the build it lies in.
export * from '../../dist/src/index.js';
