import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { replaceSymbols, unsafeSymbols } from '../../src/wasm/symbol-replacement.ts';

async function replaceBytes(
  chunks: Iterable<Uint8Array>,
  symbols: ReadonlyMap<string, string>,
): Promise<Buffer> {
  const output: Uint8Array[] = [];
  for await (const chunk of replaceSymbols(chunks, symbols)) output.push(Buffer.from(chunk));
  return Buffer.concat(output);
}

async function replace(text: string, symbols: Readonly<Record<string, string>>): Promise<string> {
  return (await replaceBytes([Buffer.from(text)], new Map(Object.entries(symbols)))).toString('utf8');
}

const NAMES = { functionDef9: 'nine', functionDef996: 'main', functionImport9: 'log' };

test('replaces whole identifiers only', async () => {
  assert.is(await replace('functionDef9 functionDef996 functionImport9', NAMES), 'nine main log');
  assert.is(
    await replace('call functionDef9+0x12 (functionDef996);$functionDef9.', NAMES),
    'call nine+0x12 (main);$nine.',
  );
  const kept =
    'functionDef99 xfunctionDef9 _functionDef9 functionDef9_b functionDef9x 0functionDef9 functionDef09 ';
  assert.is(await replace(kept, NAMES), kept);
  const more = 'functionDef functionDefx functionDef99999999999999999999 functionfunctionDef9 FunctionDef9';
  assert.is(await replace(more, NAMES), more);
  assert.is(await replace('functionDefunctionDef9 functionDef9', NAMES), 'functionDefunctionDef9 nine');
});

test('letters of any script belong to a word, arrows and boxes do not', async () => {
  assert.is(await replace('└─functionDef9→functionDef9…', NAMES), '└─nine→nine…');
  assert.is(
    await replace('éfunctionDef9 functionDef9é 𝒳functionDef9', NAMES),
    'éfunctionDef9 functionDef9é 𝒳functionDef9',
  );
});

test('inserts names literally', async () => {
  const name = String.raw`a&\1$&$1/operator/=('x' | "y") <T>%s${'\u2028'}é`;
  assert.is(await replace('<title>functionDef9</title>', { functionDef9: name }), `<title>${name}</title>`);
});

test('leaves nameless symbols and other bytes alone', async () => {
  assert.is(
    await replace('functionDef0 functionDef1', { functionDef0: '', functionDef1: 'main' }),
    'functionDef0 main',
  );
  const bytes = Buffer.from([0xff, 0xfe, 0, 0x80, ...Buffer.from('functionDef9'), 0xc3, 0x28, 0xe2, 0x82]);
  const expected = Buffer.from([0xff, 0xfe, 0, 0x80, ...Buffer.from('nine'), 0xc3, 0x28, 0xe2, 0x82]);
  assert.equal(await replaceBytes([bytes], new Map(Object.entries(NAMES))), expected);
});

test('a name that is itself a symbol is not inserted, so that a second run cannot replace it', async () => {
  const symbols = {
    functionDef1: 'functionDef2',
    functionDef2: 'main',
    functionDef3: 'functionDef3',
    functionDef4: 'wrapper<functionDef4>',
    functionDef5: 'old_functionDef2',
    functionDef6: 'functionDef7',
    functionDef7: '',
  };
  assert.equal(unsafeSymbols(new Map(Object.entries(symbols))), ['functionDef1', 'functionDef4']);
  const text = Object.keys(symbols).join(' ');
  const once = await replace(text, symbols);
  assert.is(once, 'functionDef1 main functionDef3 functionDef4 old_functionDef2 functionDef7 functionDef7');
  assert.is(await replace(once, symbols), once);
});

test('gives the same bytes however the input is cut, and running it twice changes nothing (property)', async () => {
  const number = fc.constantFrom(0, 1, 9, 10, 99, 996);
  const symbol = fc
    .tuple(fc.constantFrom('functionDef', 'functionImport'), number)
    .map((parts) => parts.join(''));
  const noise = fc.oneof(
    fc.constantFrom(' ', '\n', 'x', '_', '9', 'é', '→', 'function', 'functionDef', '$', '-'),
    fc.string({ maxLength: 5 }),
  );
  const piece = fc.oneof(symbol, noise);
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
  const name = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
  const symbols = fc.array(fc.tuple(symbol, name)).map((entries) => new Map(entries));
  await fc.assert(
    fc.asyncProperty(text, symbols, fc.integer({ min: 1, max: 50 }), async (input, names, size) => {
      const bytes = Buffer.from(input);
      const whole = await replaceBytes([bytes], names);
      const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      assert.equal(await replaceBytes(cuts, names), whole);
      assert.equal(await replaceBytes([whole], names), whole);
      // A slow but plain rendering of the rule.
      const unsafe = new Set(unsafeSymbols(names));
      const plain = bytes
        .toString('utf8')
        .replace(/(?<!\p{ID_Continue})function(?:Def|Import)\d+(?!\p{ID_Continue})/gu, (found) =>
          unsafe.has(found) ? found : names.get(found) || found,
        );
      assert.is(whole.toString('utf8'), Buffer.from(plain).toString('utf8'));
    }),
    { numRuns: 500 },
  );
});

test('reads asynchronous chunks, empty ones too, and nothing at all', async () => {
  async function* chunks() {
    for (const part of ['', 'functionD', 'ef', '', '99', '6', ' functionDef9']) yield Buffer.from(part);
  }
  const output: Uint8Array[] = [];
  for await (const chunk of replaceSymbols(chunks(), new Map(Object.entries(NAMES)))) output.push(chunk);
  assert.is(Buffer.concat(output).toString(), 'main nine');
  assert.is(await replace('', NAMES), '');
});

test('holds back only a few bytes, whatever the size of the input', async () => {
  let read = 0;
  function* chunks() {
    for (let i = 0; i < 2000; i++) {
      const chunk = Buffer.from(i % 3 === 0 ? 'functionDef9 '.repeat(100) : 'x'.repeat(1000));
      read += chunk.length;
      yield chunk;
    }
  }
  let written = 0;
  const symbols = new Map([['functionDef9', 'nine_letters']]);
  for await (const chunk of replaceSymbols(chunks(), symbols)) {
    written += chunk.length;
    assert.ok(read - written < 100, `${read - written} bytes held back`);
  }
  assert.is(written, read);
});

test.run();
