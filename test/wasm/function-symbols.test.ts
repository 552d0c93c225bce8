import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TaskError } from '../../src/util/errors.ts';
import { functionSymbols, mangledNames, parseSymbols, symbolsText } from '../../src/wasm/function-symbols.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { captureFile, RECORDED } from './capture.ts';
import { encodeModule, IDENTITY } from './encode-wasm.ts';

for (const name of [...RECORDED, 'echo-stripped']) {
  test(`writes function.symbols byte for byte as Faasm's func_sym did: ${name}`, () => {
    const symbols = functionSymbols(readWasm(captureFile(name, 'function.wasm')));
    assert.is(symbolsText(symbols), captureFile(name, 'function.symbols').toString('utf8'));
  });
}

test('falls back to export and import names in a stripped module, and says from where', () => {
  const symbols = functionSymbols(readWasm(captureFile('echo-stripped', 'function.wasm')));
  assert.is(symbols.length, 67);
  assert.equal(symbols[0], {
    symbol: 'functionImport0',
    kind: 'import',
    n: 0,
    index: 0,
    name: 'wasi_snapshot_preview1.args_get',
    source: 'import',
  });
  assert.equal(symbols[66], {
    symbol: 'functionDef59',
    kind: 'def',
    n: 59,
    index: 66,
    name: '_start',
    source: 'export',
  });
  assert.equal(symbols[7], { symbol: 'functionDef0', kind: 'def', n: 0, index: 7, name: '', source: 'none' });
});

test('demangles in one batch what needs it, and nothing else', () => {
  const module = readWasm(
    encodeModule({
      bodies: [IDENTITY, IDENTITY, IDENTITY, IDENTITY],
      exports: [{ name: '_Z3runv', index: 3 }],
      names: [
        [0, '_ZN3geo4areaEd'],
        [1, '_RNvC1a4main'],
        [2, '_Zoo'],
      ],
    }),
  );
  assert.equal(mangledNames(module), ['_ZN3geo4areaEd', '_RNvC1a4main', '_Zoo', '_Z3runv']);
  const readable = new Map([
    ['_ZN3geo4areaEd', 'geo::area(double)'],
    ['_Z3runv', 'run()'],
  ]);
  const symbols = functionSymbols(module, (name) => readable.get(name) ?? name);
  assert.equal(
    symbols.map((symbol) => symbol.name),
    ['geo::area(double)', '_RNvC1a4main', '_Zoo', 'run()'],
  );
});

test('a symbols file has one line a function, whatever a name holds', () => {
  const names = ['a = b', 'evil\nfunctionDef1 = x', '\r\n', '', ' '];
  const module = readWasm(
    encodeModule({ bodies: names.map(() => IDENTITY), names: names.map((name, i) => [i, name]) }),
  );
  const text = symbolsText(functionSymbols(module));
  assert.is(
    text,
    'functionDef0 = a = b\nfunctionDef1 = evil functionDef1 = x\nfunctionDef2 =  \nfunctionDef3 = \nfunctionDef4 =  \n',
  );
  assert.is(parseSymbols(text).get('functionDef1'), 'evil functionDef1 = x');
});

test('parseSymbols reads what symbolsText writes (property)', () => {
  const anyName = fc.string({ unit: 'grapheme' }).map((name) => name.replace(/[\r\n]/g, ''));
  fc.assert(
    fc.property(fc.array(anyName), (names) => {
      const module = readWasm(
        encodeModule({ bodies: names.map(() => IDENTITY), names: names.map((name, i) => [i, name]) }),
      );
      const read = parseSymbols(symbolsText(functionSymbols(module)));
      assert.equal([...read].sort(), names.map((name, i) => [`functionDef${i}`, name]).sort());
    }),
  );
});

test('parseSymbols: the first " = " separates, blank lines and Windows line ends are fine', () => {
  const text =
    'functionDef0 = a = b\r\n\r\nfunctionDef1 = \r\nfunctionDef2 =\n  \nfunctionImport0 = operator=(int)';
  assert.equal(
    [...parseSymbols(text)],
    [
      ['functionDef0', 'a = b'],
      ['functionDef1', ''],
      ['functionDef2', ''],
      ['functionImport0', 'operator=(int)'],
    ],
  );
});

test('parseSymbols names the line that is wrong', () => {
  for (const line of [
    'main = functionDef0',
    'functionDef = x',
    'functionDef01 = x',
    'functionDef1: x',
    '\0',
  ]) {
    assert.throws(
      () => parseSymbols(`functionDef0 = main\n${line}\n`, 'f.symbols'),
      (error: unknown) =>
        error instanceof TaskError && /^Could not read f\.symbols: line 2 is/.test(error.message),
    );
  }
});

test.run();
