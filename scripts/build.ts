import { chmod, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { catalogueOf } from '../src/runner/tree.ts';
import { tree } from '../tasks/index.ts';

// Bundles every program into dist/: start-up then costs a few file reads, and the heavy parts stay in chunks of their
// own that only the tasks that need them load. CommonJS dependencies get the `require` they expect.

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = {
  tasks: 'tasks/main.ts',
  func_runner: 'src/engine/bin/func_runner.ts',
  func_sym: 'src/engine/bin/func_sym.ts',
  microbench_runner: 'src/engine/bin/microbench_runner.ts',
  call_thread: 'src/engine/bin/call_thread.ts',
};

/** Leaves out what zod says in other languages than ours: most of its code, which every start that needs zod would read. */
const onlyEnglish: Plugin = {
  name: 'only-english',
  setup: ({ onLoad }) =>
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    })),
};

await rm(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: programs,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['speedscope', '@resvg/resvg-js', 'dejavu-fonts-ttf'],
  // Its CommonJS build requires its parts by computed names, which cannot be bundled.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  plugins: [onlyEnglish],
  logLevel: 'warning',
});
// What `--list` and completion say, so that they load no namespace.
await writeFile(`${root}dist/catalogue.json`, JSON.stringify(await catalogueOf(tree)));
for (const name of Object.keys(programs)) await chmod(`${root}dist/${name}.js`, 0o755);
