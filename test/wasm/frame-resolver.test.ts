import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wasmFrameResolver } from '../../src/wasm/frame-resolver.ts';
import { type KnownModule, knownModule } from '../../src/wasm/known-module.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { wholeDump } from '../support/jitdump.ts';
import { captureDump, captureFile, injectedStacks, RECORDED } from './capture.ts';
import { encodeModule, IDENTITY } from './encode-wasm.ts';
import { type Load, permutation, records, upTo } from './jit-loads.ts';

const PID = 7;

function module(func: string, names: readonly string[], importCount = 1): KnownModule {
  const imports = Array.from({ length: importCount }, (_, i) => ({ module: 'env', field: `f${i}` }));
  const bytes = encodeModule({
    imports,
    bodies: names.map(() => IDENTITY),
    names: names.flatMap((name, i): [number, string][] => (name === '' ? [] : [[i + importCount, name]])),
  });
  return knownModule('demo', func, readWasm(bytes));
}

/** Resolves every record of a WAVM process: `name` for wasm, `-` for the engine's. */
function wavm(modules: readonly KnownModule[], loads: readonly Load[], codes = records(loads)): string[] {
  const resolve = wasmFrameResolver({ modules, jitdump: () => codes });
  return codes.map(({ name, codeIndex }) => {
    const frame = resolve({ pid: PID, symbol: name, dso: `/tmp/x/jitted-${PID}-${codeIndex}.so` });
    return frame?.kind === 'wasm' ? frame.name : '-';
  });
}

for (const name of RECORDED) {
  test(`names every JIT frame of a real WAVM profile: ${name}`, () => {
    const user = knownModule('demo', name, readWasm(captureFile(name, 'function.wasm')));
    const dump = wholeDump(captureDump(name));
    const notes: string[] = [];
    const resolve = wasmFrameResolver({
      modules: [user],
      jitdump: () => dump.loads(),
      note: (message) => notes.push(message),
    });
    const ours = new Map<string, number>();
    for (const stack of injectedStacks(captureFile(name, 'out.perf').toString('utf8'))) {
      const displayName = stack.map((frame) => {
        const found = resolve(frame);
        return `${frame.symbol}#${frame.codeIndex}=${found?.kind === 'wasm' ? found.name : '[runtime]'}`;
      });
      ours.set(displayName.join(';'), (ours.get(displayName.join(';')) ?? 0) + 1);
    }
    const truth = captureFile(name, 'GROUND-TRUTH.txt').toString('utf8').split('\n');
    const theirs = truth.flatMap((line): [string, number][] => {
      const match = /^(\d+) (.*)$/.exec(line);
      return match === null ? [] : [[match[2] ?? '', Number(match[1])]];
    });
    assert.ok(theirs.length > 0);
    assert.equal(ours, new Map(theirs));
    assert.equal(notes, []);
  });
}

test("the runtime's functions never get the user's names, whole dump", () => {
  const user = knownModule('demo', 'echo', readWasm(captureFile('echo', 'function.wasm')));
  const dump = wholeDump(captureDump('echo'));
  const { pid } = dump;
  const resolve = wasmFrameResolver({ modules: [user], jitdump: () => dump.loads() });
  for (const { name, codeIndex } of dump.loads()) {
    const frame = resolve({ pid, symbol: name, dso: `/x/jitted-${pid}-${codeIndex}.so` });
    const isUser = codeIndex >= 46 && codeIndex <= 105;
    assert.equal(frame, {
      name: isUser ? user.names[user.importCount + Number(name.slice('functionDef'.length))] : name,
      kind: isUser ? 'wasm' : 'engine',
    });
  }
});

test('a stripped module keeps functionDefN, as its own code; exports are named', () => {
  const user = knownModule('demo', 'echo', readWasm(captureFile('echo-stripped', 'function.wasm')));
  const loads = wholeDump(captureDump('echo')).loads();
  const resolve = wasmFrameResolver({ modules: [user], jitdump: () => loads });
  const at = (codeIndex: number, symbol: string) =>
    resolve({ pid: 25196, symbol, dso: `/x/jitted-25196-${codeIndex}.so` });
  assert.equal(at(54, 'functionDef3'), { name: 'functionDef3', kind: 'wasm' });
  assert.equal(at(105, 'functionDef59'), { name: '_start', kind: 'wasm' });
  assert.equal(at(4, 'functionDef3'), { name: 'functionDef3', kind: 'engine' });
});

test('a small module right behind the runtime is found', () => {
  const names = wavm([module('tiny', ['a', 'b', 'c'])], [upTo(45), upTo(3), undefined]);
  assert.equal(names.slice(44), ['-', 'a', 'b', 'c', '-']);
  assert.ok(names.slice(0, 44).every((name) => name === '-'));
});

test('a module as large as the runtime is told from it', () => {
  assert.equal(wavm([module('same', ['a', 'b'])], [[0, 1], [1, 0], undefined]), ['-', '-', 'b', 'a', '-']);
  // Without imports nothing has to be loaded before it, so both could be it.
  assert.equal(wavm([module('same', ['a', 'b'], 0)], [[0, 1], undefined, [1, 0]]), ['-', '-', '-', '-', '-']);
});

test('two loads of the only module are both named, two different modules of one size are not', () => {
  const runtime = upTo(5);
  const twice: Load[] = [runtime, undefined, [1, 2, 0], undefined, [1, 2, 0]];
  const named = ['-', '-', '-', '-', '-', '-', 'b', 'c', 'a', '-', 'b', 'c', 'a'];
  assert.equal(wavm([module('one', ['a', 'b', 'c'])], twice), named);
  const sizes = records(twice, (which) => which);
  const kept = named.map(() => '-');
  assert.equal(wavm([module('one', ['a', 'b', 'c'])], twice, sizes), kept);
});

test('of two known modules of one size, only names they share are given', () => {
  const loads: Load[] = [upTo(5), undefined, [1, 0]];
  const names = wavm([module('one', ['main', 'x']), module('two', ['main', 'y'])], loads);
  assert.equal(names.slice(6), ['functionDef1', 'main']);
});

test('known modules of different sizes are told apart', () => {
  const loads: Load[] = [upTo(5), undefined, [1, 2, 0], [1, 0]];
  const names = wavm([module('one', ['a', 'b', 'c']), module('two', ['d', 'e'])], loads);
  assert.equal(names.slice(6), ['b', 'c', 'a', 'e', 'd']);
});

test('names are right or kept, whatever else the process loaded (property)', () => {
  const loads = fc.record({
    user: permutation,
    before: fc.array(permutation, { minLength: 1, maxLength: 3 }),
    after: fc.array(permutation, { maxLength: 3 }),
    barriers: fc.infiniteStream(fc.boolean()),
    again: fc.boolean(),
  });
  let named = 0;
  fc.assert(
    fc.property(loads, ({ user, before, after, barriers, again }) => {
      const modules = [...before, user, ...after, ...(again ? [user] : [])];
      const isUser = (load: Load) => load === user;
      const all = modules.flatMap((load): Load[] => (barriers.next().value ? [load, undefined] : [load]));
      // Different code has different sizes; two loads of the user's module have the same.
      const codes = records(all, (which, n) => (isUser(all[which]) ? n : 1000 * (which + 1) + n));
      const truth = all.flatMap((load) => load?.map((n) => (isUser(load) ? `name${n}` : '-')) ?? ['-']);
      const displayName = wavm(
        [
          module(
            'user',
            user.map((_, n) => `name${n}`),
          ),
        ],
        all,
        codes,
      );
      if (displayName.some((name) => name !== '-')) named++;
      for (const [i, name] of displayName.entries())
        assert.ok(name === '-' || name === truth[i], `${displayName} of ${truth}`);
    }),
    { numRuns: 1000 },
  );
  assert.ok(named > 100, `only ${named} of 1000 were named`);
});

test('says once why names were kept', () => {
  const notes: string[] = [];
  const note = (message: string) => notes.push(message);
  const user = module('one', ['a', 'b', 'c']);
  const frame = { pid: PID, symbol: 'functionDef0', dso: `/x/jitted-${PID}-9.so` };
  const cut = wasmFrameResolver({
    modules: [user],
    jitdump: () => records([upTo(5), undefined, [1, 2]]),
    note,
  });
  const none = wasmFrameResolver({ modules: [user], jitdump: () => undefined, note });
  for (const resolve of [cut, cut, none, none])
    assert.equal(resolve(frame), { name: 'functionDef0', kind: 'engine' });
  assert.equal(notes, [
    'Process 7: demo/one: no complete module of 3 functions was loaded (or the dump is cut off).',
    'Process 7: its jitdump was not found, so functionDefN names were kept.',
  ]);
});

test("V8: a frame with our engine's tag gets the module's name", () => {
  const echo = module('echo', ['main', 'geo::Stack<int>::pop() const', '']);
  const asked: string[] = [];
  const resolve = wasmFrameResolver({
    modules: [echo],
    lookup: (user, func) => {
      asked.push(`${user}/${func}`);
      return func === 'chained' ? module('chained', ['run']) : undefined;
    },
  });
  const at = (symbol: string) => resolve({ pid: PID, symbol, dso: `/x/jitted-${PID}-9.so` });
  const wasm = (name: string) => ({ name, kind: 'wasm' });
  assert.equal(at('JS:wasm:demo/echo[1]:main-1-turbofan'), wasm('main'));
  assert.equal(
    at('JS:*wasm:demo/echo[2]:geo::Stack<int>::pop const-2-liftoff'),
    wasm('geo::Stack<int>::pop() const'),
  );
  assert.equal(at('JS:wasm:demo/echo[3]:-3-liftoff'), wasm('functionDef2'));
  assert.equal(at('wasm:demo/chained[1]:run'), wasm('run'));
  assert.equal(at('JS:wasm:demo/gone[4]:work-4-turbofan'), wasm('work'));
  assert.equal(at('JS:wasm:demo/gone[5]:-5-turbofan'), wasm('wasm-function[5]'));
  assert.equal(asked, ['demo/chained', 'demo/gone']);
});

test('V8: JavaScript code has one name in every compiler tier, a call out of wasm has one, too', () => {
  const resolve = wasmFrameResolver({ modules: [module('echo', ['main'])] });
  const at = (symbol: string) => resolve({ pid: PID, symbol, dso: `/x/jitted-${PID}-9.so` });
  const engine = (name: string) => ({ name, kind: 'engine' });
  for (const tier of ['~', '^', '+', '*', '']) {
    assert.equal(at(`JS:${tier}measure file:///a b/x.js:8:3432`), engine('measure x.js:8'));
    assert.equal(at(`JS:${tier}measure file:///pkg/x.js:8:3432`), engine('measure x.js:8'));
    assert.equal(at(`JS:${tier} node:internal/main:1:2`), engine('(anonymous) node:internal/main:1'));
  }
  assert.equal(at('Script:~ file:///x/fib.mjs:1:1'), engine('(anonymous) fib.mjs:1'));
  assert.equal(
    at('JS:wasm-to-js:iii:i-wasm:demo/echo[0]:__faasm_await_call-0-turbofan'),
    engine('wasm-to-js'),
  );
});

test('V8: a module that was rebuilt since does not lend its names to old frames', () => {
  const resolve = wasmFrameResolver({ modules: [module('echo', ['renamed'])] });
  const at = (symbol: string) => resolve({ pid: PID, symbol, dso: '/x/jitted-7-9.so' });
  assert.equal(at('JS:wasm:demo/echo[1]:old_name-1-turbofan'), { name: 'old_name', kind: 'wasm' });
  assert.equal(at('JS:wasm:demo/echo[50]:removed-50-turbofan'), { name: 'removed', kind: 'wasm' });
});

test("V8: untagged frames are named when name and index are a known module's", () => {
  const echo = module('echo', ['main', 'work', '']);
  const at = (modules: readonly KnownModule[], symbol: string, dso = '/tmp/perf-7.map') =>
    wasmFrameResolver({ modules })({ pid: PID, symbol, dso });
  assert.equal(at([echo], 'JS:work-2-turbofan'), { name: 'work', kind: 'wasm' });
  assert.equal(at([echo], 'JS:wasm-function[3]-3-liftoff'), { name: 'functionDef2', kind: 'wasm' });
  assert.equal(at([echo], 'wasm-function[3]'), { name: 'functionDef2', kind: 'wasm' });
  // Other wasm in the process (Node has some of its own), imports, indexes past the end.
  for (const symbol of [
    'JS:parse-2-turbofan',
    'JS:wasm-function[2]-2-turbofan',
    'JS:f0-0-turbofan',
    'JS:x-9-liftoff',
  ]) {
    assert.equal(at([echo], symbol), { name: symbol, kind: 'engine' }, symbol);
  }
  const other = module('other', ['start', 'work', '']);
  assert.equal(at([echo, other], 'JS:main-1-turbofan'), { name: 'main', kind: 'wasm' });
  assert.equal(at([echo, other], 'JS:work-2-turbofan'), { name: 'work', kind: 'wasm' });
  const wide = module('wide', ['a', '', ''], 0);
  const stripped = 'JS:wasm-function[2]-2-turbofan';
  assert.equal(at([wide, module('narrow', ['a', ''], 1)], stripped), { name: stripped, kind: 'wasm' });
});

test('V8: nameless functions go by index where the module was named for the recording', () => {
  const echo = module('echo', ['main', 'work']);
  const frame = { pid: PID, symbol: 'JS:wasm-function[2]-2-turbofan', dso: `/x/jitted-${PID}-9.so` };
  assert.equal(wasmFrameResolver({ modules: [echo] })(frame)?.kind, 'engine');
  const resolve = wasmFrameResolver({ modules: [echo], namelessByIndex: true });
  assert.equal(resolve(frame), { name: 'work', kind: 'wasm' });
  assert.equal(resolve({ ...frame, symbol: 'wasm-function[1]' }), { name: 'main', kind: 'wasm' });
  assert.equal(resolve({ ...frame, symbol: 'wasm-function[9]' })?.kind, 'engine');
  const two = wasmFrameResolver({ modules: [echo, module('other', ['a', 'b'])], namelessByIndex: true });
  assert.equal(two(frame)?.name, frame.symbol);
});

test("V8's other code is the engine's, native code is not ours", () => {
  const resolve = wasmFrameResolver({ modules: [module('echo', ['main'])] });
  for (const symbol of ['Builtin:JSEntry', 'Stub:js-to-wasm:i:i', 'thunk']) {
    assert.equal(resolve({ pid: PID, symbol, dso: '/x/jitted-7-9.so' }), { name: symbol, kind: 'engine' });
  }
  for (const dso of [
    '/usr/bin/node',
    '[kernel.kallsyms]',
    '',
    '/x/jitted-7-9.so.debug',
    '/tmp/notjit-7.dump',
  ]) {
    assert.is(resolve({ pid: PID, symbol: 'main', dso }), undefined, dso);
  }
});

test.run();
