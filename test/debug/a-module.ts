import { type KnownModule, knownModule } from '../../src/wasm/known-module.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { encodeModule } from '../wasm/encode-wasm.ts';

/** demo/sample: two imports, and functions of these names, functionDef0 and index 2 first. */
export const SAMPLE_NAMES = [
  '_start',
  'main',
  'geometry::Vector<int>::operator!=(geometry::Vector<int> const&) const',
  'recurse',
  'twin',
  'twin',
  '',
] as const;

/** A module whose own functions have these names. */
export function sampleModule(names: readonly string[] = SAMPLE_NAMES): KnownModule {
  const imports = ['first', 'second'].map((field) => ({ module: 'env', field }));
  const named = names.map((name, n): [number, string] => [imports.length + n, name]);
  const bytes = encodeModule({ imports, bodies: names.map(() => [0x41, 0]), names: named });
  return knownModule('demo', 'sample', readWasm(bytes));
}
