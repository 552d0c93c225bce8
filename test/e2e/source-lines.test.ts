import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noClang } from '../support/machine.ts';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';
import { compiled, urlSection, withSections } from '../wasm/lines/compiled.ts';

const test = suite<{ box: Sandbox }>('source lines', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());
const built = unless(noClang, test);

/** The demo function echo, compiled with debug lines, as demo/mine. */
function install(box: Sandbox): string {
  const folder = join(box.env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'demo', 'mine');
  mkdirSync(folder, { recursive: true });
  const source = readFileSync(join(root, 'functions/demo/echo/echo.c'), 'utf8');
  const flags = [
    '-g',
    '-O2',
    `-I${join(root, 'functions/include')}`,
    '-Wl,--stack-first',
    '-Wl,--no-check-features',
  ];
  return compiled(folder, 'function', source, [...flags, '-Wl,--export=malloc']);
}

/** The line that defines a function in the source. */
function lineOf(name: string): number {
  const lines = readFileSync(join(root, 'functions/demo/echo/echo.c'), 'utf8').split('\n');
  return 1 + lines.findIndex((line) => new RegExp(`\\b${name}\\(.*\\{$`).test(line));
}

built(
  'disas.symbols --lines: a column more on the terminal, fields in JSON, the same function.symbols',
  async ({ box }) => {
    const folder = dirname(install(box));
    const plain = await run(['disas.symbols', 'demo', 'mine'], box);
    const kept = readFileSync(join(folder, 'function.symbols'), 'utf8');
    assert.is(plain.stdout, kept);
    const done = await run(['disas.symbols', 'demo', 'mine', '--lines'], box);
    assert.is(done.exit, 0, done.stderr);
    assert.is(done.stderr, `Written to ${join(folder, 'function.symbols')}\n`);
    assert.match(
      done.stdout,
      new RegExp(`^functionDef\\d+ = handle_request +function\\.c:${lineOf('handle_request')}$`, 'm'),
    );
    assert.is(readFileSync(join(folder, 'function.symbols'), 'utf8'), kept);
    const withoutPlaces = done.stdout.replace(/ {2,}\S+:\d+$/gm, '');
    assert.is(withoutPlaces, kept);
    const json = JSON.parse((await run(['disas.symbols', 'demo', 'mine', '--lines', '--json'], box)).stdout);
    const symbol = json.symbols.find(({ name }: { name: string }) => name === 'handle_request');
    assert.is(symbol.file, join(folder, 'function.c'));
    assert.is(symbol.line, lineOf('handle_request'));
  },
);

test('disas.symbols --lines of a module without lines says how to have them', async ({ box }) => {
  const done = await run(['disas.symbols', 'demo', 'echo', '--lines'], box);
  assert.is(done.exit, 0);
  assert.match(
    done.stderr,
    /echo\/function\.wasm has no debug lines and names no source map\n.*-gline-tables-only/,
  );
  assert.match(done.stdout, /^functionDef\d+ = handle_request$/m);
});

built('broken debug information: one warning, and all names', async ({ box }) => {
  const path = install(box);
  const bytes = withSections(readFileSync(path), new Map([['.debug_info', Uint8Array.of(200, 0, 0, 0, 4)]]));
  writeFileSync(path, bytes);
  const done = await run(['disas.symbols', 'demo', 'mine', '--lines'], box);
  assert.is(done.exit, 0);
  assert.is(
    done.stderr.match(/Could not read the debug information: at byte 4 of \.debug_info/g)?.length,
    1,
    done.stderr,
  );
  assert.match(done.stdout, /^functionDef\d+ = handle_request$/m);
  const flame = await run(['flame', 'demo', 'mine', '--sampler=v8', '--reps=200', '--data=x'], box);
  assert.is(flame.exit, 0, flame.stderr);
  assert.is((flame.stdout + flame.stderr).match(/Could not read the debug information/g)?.length, 1);
});

built('a source map that is not there costs a warning', async ({ box }) => {
  const path = install(box);
  const sections = ['.debug_info', '.debug_line'].map((name) => [name, undefined] as const);
  const url = ['sourceMappingURL', urlSection('function.wasm.map')] as const;
  writeFileSync(
    path,
    withSections(readFileSync(path), new Map<string, Uint8Array | undefined>([...sections, url])),
  );
  const done = await run(['disas.symbols', 'demo', 'mine', '--lines'], box);
  assert.is(done.exit, 0);
  assert.match(done.stderr, /function\.wasm\.map: it is not there/);
});

built('flame: tooltips and JSON say where functions are declared', async ({ box }) => {
  install(box);
  const args = ['flame', 'demo', 'mine', '--sampler=v8', '--reps=1500', '--data=foobar'];
  const drawn = await run(args, box);
  assert.is(drawn.exit, 0, drawn.stderr);
  const svg = readFileSync(box.file('flame.svg'), 'utf8');
  assert.match(svg, new RegExp(`<title>checksum — function\\.c:${lineOf('checksum')} \\(`));
  const json = await run([...args, '--format=json', '--output=-'], box);
  assert.match(
    json.stdout,
    new RegExp(`"name":"checksum","kind":"wasm","file":"[^"]*/function\\.c","line":${lineOf('checksum')},`),
  );
});

test.run();
