import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FunctionHost } from '../../src/engine/function-host.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { noClang } from '../support/machine.ts';
import { unless } from '../support/unless.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demos = join(root, 'functions', 'demo');
const names = readdirSync(demos).sort();
const module = (name: string) => readWasm(readFileSync(join(demos, name, 'function.wasm')), name);

/** Inputs each function is given; `loop` is the one that cannot be run to its end. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  chain: ['', 'abc', 'deep'],
  echo: ['', 'foobar', 'grüße', 'x'.repeat(10_000)],
  exit: ['', '0', '9'],
  fibonacci: ['0', '1', '20', '99'],
  memory: ['1', '5', '0'],
  trap: ['', 'divide', 'memory', 'pointer', 'abort'],
};

async function behaviour(name: string, local: string): Promise<unknown[]> {
  const streams: string[] = [];
  const note = (bytes: Uint8Array) => {
    streams.push(Buffer.from(bytes).toString());
  };
  const host = await FunctionHost.open('demo', name, {
    env: { FAASM_LOCAL_DIR: local },
    output: { stdout: note, stderr: note },
    warn: (message) => streams.push(message),
    tagNames: false,
  });
  return (INPUTS[name] ?? ['']).map((input) => {
    const { returnValue, output, failure } = host.run(host.instantiate(), {
      input: Buffer.from(input),
      args: ['one'],
    });
    return {
      input,
      returnValue,
      output: Buffer.from(output).toString(),
      failure,
      streams: streams.splice(0).join(''),
    };
  });
}

test('every function has its source beside it, and is small', () => {
  for (const name of names) {
    assert.ok(
      ['c', 'cpp'].some((ending) => existsSync(join(demos, name, `${name}.${ending}`))),
      name,
    );
    assert.ok(statSync(join(demos, name, 'function.wasm')).size < 100_000, name);
    assert.ok(module(name).functionNames.size > 0, name);
  }
});

test('the functions that graphs are shown with have the frames they should show', () => {
  const has = (name: string, functions: readonly string[]) => {
    const found = new Set(module(name).functionNames.values());
    for (const each of functions) assert.ok(found.has(each), `${name} lacks ${each}`);
  };
  has('echo', [
    'handle_request',
    'validate_request',
    'process_input',
    'transform_block',
    'rotate_byte',
    'checksum',
  ]);
  has('shapes', [
    'geometry::Polygon<double, 3ul>::area() const',
    'geometry::(anonymous namespace)::fractal_area(geometry::Shape const&, int)',
    'geometry::Vector<double>& geometry::operator/=<double>(geometry::Vector<double>&, double)',
  ]);
  assert.ok(
    [...module('shapes').functionNames.values()].some((name) => name.includes('main::$_')),
    'lambdas',
  );
  assert.ok(module('many').definedCount > 1000);
});

const rebuild = unless(noClang, test);

rebuild('built again, every function behaves as the committed one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'functions-test-'));
  try {
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const script = join(root, 'scripts/build_functions.ts');
    const built = spawnSync(process.execPath, [tsx, script, '--out', join(folder, 'wasm')], {
      encoding: 'utf8',
    });
    assert.is(built.status, 0, built.stdout + built.stderr);
    for (const name of names.filter((each) => each !== 'loop')) {
      const again = await behaviour(name, folder);
      assert.equal(again, await behaviour(name, '/nonexistent'), name);
    }
    const module = (place: string) => readWasm(readFileSync(join(place, 'loop', 'function.wasm')));
    assert.equal([...module(join(folder, 'wasm/demo')).functionNames], [...module(demos).functionNames]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
