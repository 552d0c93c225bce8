import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root, runProgram } from '../support/run.ts';

const header = `import { $, call, config, namespace, run, steps, sudo, task, within } from 'faasm-tasks';
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_A extends true>(): void {}
`;
const right = `${header}
export const all = task({
  doc: 'Every kind of parameter',
  params: {
    name: { type: 'string', positional: true },
    mode: { type: 'string', choices: ['fast', 'slow'], default: 'fast' },
    log: { type: 'string', valueOptional: true },
    jobs: { type: 'int', default: 2 },
    ratio: { type: 'float' },
    force: { type: 'bool' },
    file: { type: 'list' },
    verbose: { type: 'count' },
  },
  parallel: 'disk',
  run: async (args, context) => {
    same<Equal<typeof args.name, string>>();
    same<Equal<typeof args.mode, 'fast' | 'slow'>>();
    same<Equal<typeof args.log, string | true | undefined>>();
    same<Equal<typeof args.jobs, number>>();
    same<Equal<typeof args.ratio, number | undefined>>();
    same<Equal<typeof args.force, boolean>>();
    same<Equal<typeof args.file, readonly string[]>>();
    same<Equal<typeof args.verbose, number>>();
    const settings = config({ host: 'localhost', deep: { on: true }, ports: [1] });
    same<Equal<typeof settings.host, string>>();
    same<Equal<typeof settings.deep.on, boolean>>();
    same<Equal<typeof settings.ports, readonly number[]>>();
    const result = await $\`gcc \${args.file} -j\${args.jobs}\`;
    same<Equal<typeof result.stdout, string>>();
    await $({ pty: true, responders: [{ pattern: /x/, response: 'y' }] })\`echo \${result}\`;
    const three = await within({ cwd: 'x', env: { A: undefined } }, async () => 3);
    same<Equal<typeof three, number>>();
    await run(['a'], { hide: 'err' });
    await sudo('id', { user: 'other' });
    await steps([{ title: 'x', run: async (io) => io.say('x') }]);
    context.output.result('x', { x: 1 });
  },
});
export default namespace({ doc: 'x', tasks: { all }, config: { host: 'x' } });
export const none = task({ doc: 'x', exitCodes: { 4: 'four' }, related: ['all'], run: async (args) => { same<Equal<keyof typeof args, never>>(); } });
export const after = task({ doc: 'x', params: {}, pre: [all, 'dev.cc', call(all, { force: true, mode: 'slow' })], run: async () => {} });
`;
/** Lines that a compiler must refuse, each alone. */
const wrong = [
  "task({ doc: 'x', params: { a: { type: 'number' } }, run: async () => {} });",
  "task({ doc: 'x', params: { a: { type: 'bool' } }, run: async ({ b }) => {} });",
  "task({ doc: 'x', params: { a: { type: 'int', default: 'one' } }, run: async () => {} });",
  'task({ params: {}, run: async () => {} });',
  "task({ doc: 'x' });",
  "task({ doc: 'x', run: async ({ b }) => {} });",
  `task({ doc: 'x', params: { a: { type: 'bool' } }, run: async ({ a }) => { await $\`echo \${a}\`; } });`,
  "namespace({ doc: 'x', tasks: { a: 1 } });",
  "call(task({ doc: 'x', params: { a: { type: 'int' } }, run: async () => {} }), { b: 1 });",
  "call(task({ doc: 'x', params: { a: { type: 'int' } }, run: async () => {} }), { a: 'one' });",
  '$({ hidden: true });',
  "within({ folder: 'x' }, async () => {});",
];

test('arguments are inferred, slips are refused, with the declarations of the build', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'own-types-'));
  const types = join(root, 'dist/types/src/api/index.d.ts');
  const options = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    paths: { 'faasm-tasks': [types] },
  };
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['*.ts'] }),
  );
  await writeFile(join(folder, 'right.ts'), right);
  for (const [at, line] of wrong.entries())
    await writeFile(join(folder, `wrong${at}.ts`), `${header}${line}\n`);
  const { stdout } = await runProgram(
    [process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
    { cwd: folder },
  );
  const files = [
    ...new Set([...stdout.matchAll(/^([^\s(]+)\(\d+,\d+\): error/gm)].map(([, file]) => file ?? '')),
  ];
  assert.equal(files.sort(), wrong.map((_, at) => `wrong${at}.ts`).sort(), stdout);
  await rm(folder, { recursive: true });
});

test.run();
