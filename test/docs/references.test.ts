import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { page, PAGES, proseOf, ROOT } from './markdown.ts';

describe.each(PAGES)('%s', (path) => {
  const prose = proseOf(page(path));

  test('links lead to a file, and to a heading or line in it', () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    expect(links.filter((link) => !leadsSomewhere(path, link))).toEqual([]);
  });

  test('paths in code style are there', () => {
    const quoted = [...prose.matchAll(/`([^`\s]+)`/g)].map(([, text = '']) => text);
    const paths = quoted.filter((text) =>
      /^(src|test|servers|docs|examples|scripts|bench|\.ci)\/|^[A-Z]+\.md$/.test(text),
    );
    expect(paths.filter((text) => !existsSync(join(ROOT, text)))).toEqual([]);
  });

  test('npm scripts it names are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...page(path).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test('CONTRIBUTING.md and docs/architecture.md stay short enough to be read', () => {
  expect(page('CONTRIBUTING.md').split('\n').length).toBeLessThanOrEqual(100);
  expect(page('docs/architecture.md').split('\n').length).toBeLessThanOrEqual(200);
});

function leadsSomewhere(from: string, link: string): boolean {
  if (link.startsWith('https:')) return true;
  const [file = '', heading] = link.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, path))) return false;
  // Of a program: the line, which test/docs/sync.test.ts looks at.
  if (path.endsWith('.ts')) return heading === undefined || /^L\d+$/.test(heading);
  return heading === undefined || headingsOf(page(path)).includes(heading);
}

/** The anchors that a page's headings get. */
function headingsOf(text: string): string[] {
  const heads = [...proseOf(text).matchAll(/^#+ (.*)$/gm)].map(([, head = '']) => head.toLowerCase());
  return heads.map((head) => head.replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-'));
}
