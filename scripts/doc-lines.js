// @ts-check
// Prints docs/sync.md with every [`name`](../src/file.ts#L1) at the line where the file defines the name. `--write` puts it in its place.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}docs/sync.md`;
const text = readFileSync(page, 'utf8').replaceAll(
  /\[`(\w+)`\]\(\.\.\/(src\/[^)#]+\.ts)#L\d+\)/g,
  (_link, name, file) => `[\`${name}\`](../${file}#L${lineOf(name, file)})`,
);
if (process.argv[2] === '--write') writeFileSync(page, text);
else process.stdout.write(text);

/**
 * Where it is defined, and not merely used: at the start of a line, behind keywords.
 *
 * @param {string} name
 * @param {string} file
 */
function lineOf(name, file) {
  const defined = new RegExp(
    String.raw`^ *(?:export )?(?:async )?(?:function|const|class|interface|type) ${name}\b|^  (?:async )?#?${name}\(`,
  );
  const at = readFileSync(root + file, 'utf8')
    .split('\n')
    .findIndex((line) => defined.test(line));
  if (at < 0) throw new Error(`docs/sync.md: ${file} defines no ${name}`);
  return at + 1;
}
