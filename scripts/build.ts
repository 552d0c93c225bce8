import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import ts from 'typescript';
import { manPage } from '../src/runner/man-page.ts';
import { catalogueOf, TaskTree } from '../src/runner/tree.ts';
import { tree } from '../tasks/index.ts';
import { oneCore } from './one-core.ts';
import { withoutBarrels } from './without-barrels.ts';

// Bundles every program into dist/: start-up then costs a few file reads, and the heavy parts stay in chunks of their
// own that only the tasks that need them load. CommonJS dependencies get the `require` they expect.

const root = fileURLToPath(new URL('..', import.meta.url));
const main = { tasks: 'tasks/main.ts' };
/** Processes of their own, which share nothing with `tasks` while they run. */
const programs = {
  func_runner: 'src/engine/bin/func_runner.ts',
  func_sym: 'src/engine/bin/func_sym.ts',
  microbench_runner: 'src/engine/bin/microbench_runner.ts',
  call_thread: 'src/engine/bin/call_thread.ts',
};

/** What `tasks` loads before it knows which task is meant. */
const core = ['src/faasm/out-of-scope.ts', 'src/own-tasks/index.ts', 'src/runner/program.ts'].map(
  (file) => `${root}${file}`,
);

/** What tasks of one's own import, as `faasm-tasks`. */
const library = { api: 'src/api/index.ts' };

/** Leaves out what zod says in other languages than ours: most of its code, which every start that needs zod would read. */
const onlyEnglish: Plugin = {
  name: 'only-english',
  setup: ({ onLoad }) =>
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    })),
};

await rm(`${root}dist`, { recursive: true, force: true });
writeDeclarations(Object.values(library));
const common = {
  absWorkingDir: root,
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
  external: ['speedscope', '@resvg/resvg-js', 'dejavu-fonts-ttf', 'jiti'],
  // Its CommonJS build requires its parts by computed names, which cannot be bundled.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
} satisfies BuildOptions;
const plugins = [onlyEnglish, withoutBarrels];
await build({ ...common, entryPoints: programs, plugins });
await build({
  ...common,
  entryPoints: { ...main, ...library },
  plugins: [oneCore(main.tasks, core), ...plugins],
});
const manifest: { version: string } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
const facts = (await new TaskTree(tree).facts()) ?? { doc: '', tasks: {} };
await mkdir(`${root}dist/man`);
const date = new Date().toISOString().slice(0, 10);
await writeFile(`${root}dist/man/tasks.1`, manPage(facts, { version: manifest.version, date }));
// What `--list` and completion say, so that they load no namespace.
await writeFile(`${root}dist/catalogue.json`, JSON.stringify(await catalogueOf(tree)));
for (const name of Object.keys({ ...main, ...programs })) await chmod(`${root}dist/${name}.js`, 0o755);

/** The library's types, for editors and tsc, as dist/types/…; `npm run check` is what checks them. */
function writeDeclarations(entries: readonly string[]): void {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    entries.map((entry) => `${root}${entry}`),
    {
      ...options,
      noEmit: false,
      noCheck: true,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: root,
      outDir: `${root}dist/types`,
    },
  );
  program.emit();
}
