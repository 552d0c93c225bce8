import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const named = /(import|export) \{([^}]*)\} from '([^']*\/index\.ts)';/g;

/**
 * Imports from an area's entry file become imports from the files that it names. esbuild puts whole files into chunks: one
 * that needs a function of an area would load all that its entry file mentions.
 */
export const withoutBarrels: Plugin = {
  name: 'without-barrels',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/(?:src|tasks)\/.*\.ts$/, namespace: 'file' }, ({ path }) => ({
      contents: direct(readFileSync(path, 'utf8'), path),
      loader: 'ts',
    })),
};

function direct(text: string, path: string): string {
  return text.replace(named, (whole, verb: string, list: string, from: string) => {
    const places = placesIn(resolve(dirname(path), from));
    const lines = specifiers(list).map(({ text: specifier, name }) => {
      const place = places.get(name);
      return place === undefined ? undefined : `${verb} { ${specifier} } from '${place}';`;
    });
    return lines.includes(undefined) ? whole : lines.join(' ');
  });
}

/** Where an entry file has its names from; those of its own, or renamed, are not among them. */
function placesIn(entry: string): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const [, list = '', from = ''] of readFileSync(entry, 'utf8').matchAll(
    /^export \{([^}]*)\} from '([^']+)';/gm,
  )) {
    const place = resolve(dirname(entry), from);
    for (const { text, name } of specifiers(list)) {
      if (text !== name) continue;
      const further = place.endsWith('/index.ts') ? placesIn(place).get(name) : undefined;
      places.set(name, further ?? place);
    }
  }
  return places;
}

/** Names of values; types leave nothing behind. */
function specifiers(list: string): { readonly text: string; readonly name: string }[] {
  return list
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('type '))
    .map((text) => ({ text, name: text.replace(/ as .*$/, '') }));
}
