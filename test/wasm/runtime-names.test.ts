import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wasmFrameResolver } from '../../src/wasm/frame-resolver.ts';
import { type KnownModule, knownModule } from '../../src/wasm/known-module.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { encodeModule, IDENTITY } from './encode-wasm.ts';

const imports = 3;

function module(func: string, names: readonly string[]): KnownModule {
  const bytes = encodeModule({
    imports: Array.from({ length: imports }, (_, i) => ({ module: 'env', field: `f${i}` })),
    bodies: names.map(() => IDENTITY),
    names: names.flatMap((name, i): [number, string][] => (name === '' ? [] : [[i + imports, name]])),
  });
  return knownModule('demo', func, readWasm(bytes));
}

const app = module('app', ['_start', 'std::vector<int, a>::push_back(int)', '', 'twice', 'twice', 'last']);
const perfMap = '/tmp/perf-7.map';

/** The name a frame gets, or undefined where it keeps the runtime's. */
function named(symbol: string, modules: readonly KnownModule[] = [app], dso = perfMap): string | undefined {
  const frame = wasmFrameResolver({ modules })({ pid: 7, symbol, dso });
  return frame?.kind === 'wasm' ? frame.name : undefined;
}

test('WAMR counts defined functions, with or without the name of its module', () => {
  assert.is(named('aot_func#0'), '_start');
  assert.is(named('[app.aot]#aot_func#5'), 'last');
  assert.is(named('aot_func#2'), 'functionDef2');
  assert.is(named('aot_func_internal#2'), undefined);
});

test('a WAMR number that is no defined function counts all of them', () => {
  assert.is(named('aot_func#8'), 'last');
  assert.is(named('aot_func#9'), undefined);
});

test('Wasmtime counts all functions and says their names', () => {
  assert.is(named('wasm[0]::function[3]::_start'), '_start');
  assert.is(
    named('wasm[0]::function[4]::std::vector<int, a>::push_back(...'),
    'std::vector<int, a>::push_back(int)',
  );
  assert.is(named('wasm[0]::function[5]'), 'functionDef2');
});

test('a Wasmtime name that is not at its index is of another module', () => {
  assert.is(named('wasm[1]::function[3]::malloc'), undefined);
  assert.is(named('wasm[0]::function[99]::_start'), undefined);
  assert.is(named('wasm[0]::array_to_wasm_trampoline[3]'), undefined);
});

test('an old Wasmtime gave no names and counted defined functions', () => {
  assert.is(named('wasm[0]::function[0]'), '_start');
});

test('wazero counts defined functions, in blocks', () => {
  assert.is(named('[0/5]_start:::::L1'), '_start');
  assert.is(named('[5/5]app.last:::::L2 (SSA Block: blk0)'), 'last');
  assert.is(named('[0/44]_start:::::L1'), undefined, 'of a module with 45 functions');
});

test('Wasmer lists names as the module spells them', () => {
  assert.is(named('std::vector<int, a>::push_back(int)'), 'std::vector<int, a>::push_back(int)');
  assert.is(named('last'), 'last');
  assert.is(named('twice'), undefined, 'two functions have this name');
  assert.is(named('helper'), undefined);
});

test('numbers say nothing where several modules are known, names do', () => {
  const other = module('other', ['main', 'twice']);
  assert.is(named('aot_func#0', [app, other]), undefined);
  assert.is(named('last', [app, other]), 'last');
});

test('only code that was compiled at run time is renamed', () => {
  assert.is(named('last', [app], '/usr/lib/libapp.so'), undefined);
  assert.is(named('last', [app], '/tmp/x/jit-7.dump'), 'last');
});

test.run();
