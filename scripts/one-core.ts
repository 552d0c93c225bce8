import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Keeps what every start needs in one file. esbuild puts modules that different sets of entry points share into chunks of
 * their own, and each file costs a start half a millisecond. With this plugin whatever is loaded later imports the core too,
 * where it is anyway by then, so that all of the core belongs to the same set. `main` is the entry point that everything is later than.
 */
export function oneCore(main: string, core: readonly string[]): Plugin {
  return {
    name: 'one-core',
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: /./ }, async ({ kind, path, importer, resolveDir, namespace }) => {
        const isLater = kind === 'dynamic-import' || (kind === 'entry-point' && !path.endsWith(main));
        if (!isLater || namespace === 'later') return undefined;
        const found = await resolve(path, { kind: 'import-statement', importer, resolveDir });
        if (found.external || found.errors.length > 0) return undefined;
        return { path: found.path, namespace: 'later' };
      });
      onLoad({ filter: /./, namespace: 'later' }, ({ path }) => {
        const module = JSON.stringify(path);
        return {
          contents: [
            ...core.map((file) => `import ${JSON.stringify(file)};`),
            `import * as all from ${module};`,
            `export * from ${module};`,
            ...(hasDefault(path) ? ['export default all.default;'] : []),
          ].join('\n'),
          resolveDir: dirname(path),
          loader: 'js',
        };
      });
    },
  };
}

/** A default export is handed on by name; CommonJS modules always have one. */
function hasDefault(path: string): boolean {
  const text = readFileSync(path, 'utf8');
  return /\bexport\s+default\b|\bas\s+default\b/.test(text) || !/^\s*(?:import|export)\b/m.test(text);
}
