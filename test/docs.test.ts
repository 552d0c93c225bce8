import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from './support/run.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

test('every link of the pages leads to a file, and to a heading that it has', () => {
  const dead: string[] = [];
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, target = '', anchor] of text.matchAll(/\]\(([^)#\s:]*)(?:#([^)\s]+))?\)/g)) {
      const file = target === '' ? page : join(dirname(page), target);
      if (!existsSync(join(root, file))) dead.push(`${page}: ${target}`);
      else if (anchor !== undefined && file.endsWith('.md') && !headings(file).has(anchor))
        dead.push(`${page}: ${target}#${anchor}`);
    }
  }
  assert.equal(dead, []);
});

test('what architecture.md and CONTRIBUTING.md say of files and rooms is there', () => {
  const missing: string[] = [];
  for (const page of ['docs/architecture.md', 'CONTRIBUTING.md'])
    for (const [, path = ''] of readFileSync(join(root, page), 'utf8').matchAll(
      /`((?:src|tasks|scripts|docs|test|benchmarks|conformance)\/[\w./-]*)`/g,
    ))
      if (!/[A-Z]{3}/.test(path) && !existsSync(join(root, path))) missing.push(`${page}: ${path}`);
  assert.equal(missing, []);
});

/** As GitHub names them. */
function headings(file: string): ReadonlySet<string> {
  const lines = readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => /^#+ /.test(line));
  return new Set(
    lines.map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test.run();
