import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';

// Bundles every program into dist/: start-up then costs a few file reads, and the heavy parts stay in chunks of their
// own that only the tasks that need them load. CommonJS dependencies get the `require` they expect. The build is made in
// a folder of its own and put in place file by file, programs last, so that `tasks` starts at any moment of it.
// With --if-stale nothing is done for sources that were built already: that is what `npm ci` and `npm install` run. It is
// called `postprepare` there because npm warns of a `prepare` in the tarball that `npm pack` makes, and never runs it.

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = digestOf(['src', 'tasks', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']);
if (process.argv.includes('--if-stale') && (await builtBefore()).sources === sources) process.exit();

const [{ build }, { default: ts }] = await Promise.all([import('esbuild'), import('typescript')]);
const { manPage } = await import('../src/runner/man-page.ts');
const { manifestOf, TaskTree } = await import('../src/runner/tree.ts');
const { tree } = await import('../tasks/index.ts');
const { pictureFonts } = await import('../src/picture/png.ts');
const { oneCore } = await import('./one-core.ts');
const { licencesOf } = await import('./third-party.ts');
const main = { tasks: 'tasks/main.ts' };
/** Processes of their own, which share nothing with `tasks` while they run. */
const programs = {
  func_runner: 'src/engine/bin/func_runner.ts',
  func_sym: 'src/engine/bin/func_sym.ts',
  microbench_runner: 'src/engine/bin/microbench_runner.ts',
  call_thread: 'src/engine/bin/call_thread.ts',
};

/** What `tasks` loads before it knows which task is meant. */
const core = [
  'src/faasm/directories.ts',
  'src/faasm/out-of-scope.ts',
  'src/own-tasks/own-tree.ts',
  'src/own-tasks/find.ts',
  'src/runner/program.ts',
  'tasks/define.ts',
].map((file) => `${root}${file}`);

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

const fresh = await mkdtemp(`${root}.dist-`);
process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
writeDeclarations(Object.values(library));
const packageJson: { version: string; dependencies: Record<string, string> } = JSON.parse(
  await readFile(`${root}package.json`, 'utf8'),
);
const common = {
  absWorkingDir: root,
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  // What is installed beside dist/: a native module, and packages whose files are looked up while they run.
  external: Object.keys(packageJson.dependencies),
  // Its CommonJS build requires its parts by computed names, which cannot be bundled.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
  metafile: true,
} satisfies BuildOptions;
const plugins = [onlyEnglish];
const builds = [
  await build({ ...common, entryPoints: programs, plugins }),
  await build({
    ...common,
    entryPoints: { ...main, ...library },
    plugins: [oneCore(main.tasks, core), ...plugins],
  }),
];
const fonts = join(root, 'node_modules/dejavu-fonts-ttf');
await mkdir(join(fresh, 'fonts'));
for (const font of pictureFonts) await copyFile(join(fonts, 'ttf', font), join(fresh, 'fonts', font));
const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
await writeFile(
  join(fresh, 'third-party-licences.txt'),
  await licencesOf(root, [...inputs, relative(root, fonts)]),
);
const facts = (await new TaskTree(tree).facts()) ?? { doc: '', tasks: {} };
await mkdir(join(fresh, 'man'));
const date = new Date().toISOString().slice(0, 10);
await writeFile(join(fresh, 'man/tasks.1'), manPage(facts, { version: packageJson.version, date }));
// What `--list` and completion say, so that they load no namespace.
await writeFile(join(fresh, 'manifest.json'), JSON.stringify(await manifestOf(tree)));
for (const name of Object.keys({ ...main, ...programs })) await chmod(join(fresh, `${name}.js`), 0o755);
await putInPlace(fresh, join(root, 'dist'));

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
      outDir: join(fresh, 'types'),
    },
  );
  program.emit();
}

/**
 * Moves the files of a build into `place`: chunks before the programs that load them, each in one rename. Files of the build
 * before stay until the next one, for processes that still load them; older ones go.
 */
async function putInPlace(build: string, place: string): Promise<void> {
  const files = await filesIn(build);
  const before = await builtBefore();
  const isProgram = (file: string): boolean => !file.includes('/');
  for (const file of [...files.filter((name) => !isProgram(name)), ...files.filter(isProgram)]) {
    await mkdir(dirname(join(place, file)), { recursive: true });
    await rename(join(build, file), join(place, file));
  }
  const kept = new Set([...files, ...before.files, 'build.json']);
  for (const file of await filesIn(place)) if (!kept.has(file)) await rm(join(place, file), { force: true });
  const record: BuildRecord = { sources, files };
  await writeFile(join(build, 'build.json'), JSON.stringify(record));
  await rename(join(build, 'build.json'), join(place, 'build.json'));
}

/** What a build writes down of itself in dist/. */
interface BuildRecord {
  /** Of all that it was made from. */
  readonly sources: string;
  readonly files: readonly string[];
}

async function builtBefore(): Promise<BuildRecord> {
  const none: BuildRecord = { sources: '', files: [] };
  return await readFile(join(root, 'dist/build.json'), 'utf8').then(JSON.parse, () => none);
}

function digestOf(places: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (path: string): void => void hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  for (const place of places) {
    if (place.includes('.')) add(place);
    else
      for (const name of readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).sort())
        if (name.endsWith('.ts')) add(join(place, name));
  }
  return hash.digest('hex');
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
