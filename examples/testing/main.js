// Has vitest run the suite of shelf.test.js, and counts what passed where.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const vitest = fileURLToPath(new URL('./vitest.mjs', import.meta.resolve('vitest/package.json')));
const args = [vitest, 'run', '--root', import.meta.dirname, '--reporter=json'];
const { stdout } = await promisify(execFile)(process.execPath, args);
const tests = JSON.parse(stdout).testResults.flatMap(({ assertionResults }) => assertionResults);
for (const where of new Set(tests.map(({ ancestorTitles }) => ancestorTitles[0]))) {
  const its = tests.filter(({ ancestorTitles }) => ancestorTitles[0] === where);
  console.log(`${where}: ${its.filter(({ status }) => status === 'passed').length} of ${its.length} tests passed`);
}
