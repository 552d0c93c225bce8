import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The licences of the packages that a bundle's inputs come from, as one text: their names, versions and the whole words.
 *
 * @param inputs paths as esbuild's metafile has them, below `root`
 * @throws Error for a package that says nothing of its licence
 */
export async function licencesOf(root: string, inputs: readonly string[]): Promise<string> {
  const folders = new Set(
    inputs.flatMap((path) => /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => await licence(join(root, folder))),
  );
  return `What dist/ holds of other people's work, and its terms.\n\n${[...new Set(texts)].join('\n')}`;
}

async function licence(folder: string): Promise<string> {
  const manifest: { name: string; version: string; license?: string } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const names = (await readdir(folder)).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name)).sort();
  if (names.length === 0 && manifest.license === undefined)
    throw new Error(`${manifest.name} says nothing of its licence: what may dist/ hold of it?`);
  const texts = await Promise.all(names.map(async (name) => await readFile(join(folder, name), 'utf8')));
  const head = `${manifest.name} ${manifest.version} (${manifest.license ?? names.join(', ')})`;
  return [head, '-'.repeat(head.length), ...texts.map((text) => `${text.trim()}\n`), ''].join('\n');
}
