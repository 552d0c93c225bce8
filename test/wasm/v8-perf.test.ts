import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wasmFrameResolver } from '../../src/wasm/frame-resolver.ts';
import { knownModule } from '../../src/wasm/known-module.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { wholeDump } from '../support/jitdump.ts';
import { noPerf } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { injectedStacks } from './capture.ts';
import { encodeModule, fibonacci, IDENTITY } from './encode-wasm.ts';

const MODULE = encodeModule({
  imports: [{ module: 'env', field: 'log' }],
  bodies: [IDENTITY, fibonacci(2), fibonacci(3)],
  exports: [
    { name: 'fib', index: 2 },
    { name: 'exported', index: 3 },
  ],
  names: [
    [0, 'imported_log'],
    [1, 'never_called'],
    [2, 'demo::fib<int>(int) const'],
  ],
});

const PROGRAM = `
const { readFileSync } = require('node:fs');
const fibonacci = new WebAssembly.Module(readFileSync('fib.wasm'));
const { fib, exported } = new WebAssembly.Instance(fibonacci, { env: { log: (x) => x } }).exports;
const end = process.cpuUsage().user + 700_000;
let sum = 0;
while (process.cpuUsage().user < end) for (let i = 0; i < 20; i++) sum += fib(18) + exported(18);
`;

/** Records the program and gives what `perf inject` and `perf script` make of it, with its jitdump. */
function record(folder: string): { readonly script: string; readonly dump: Buffer } {
  writeFileSync(join(folder, 'fib.wasm'), MODULE);
  writeFileSync(join(folder, 'main.cjs'), PROGRAM);
  const perf = (...args: string[]) =>
    execFileSync('perf', ['--buildid-dir', join(folder, 'cache'), ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    }).toString('utf8');
  const node = [process.execPath, '--perf-prof', 'main.cjs'];
  perf(
    'record',
    '-q',
    '--no-bpf-event',
    '-B',
    '-N',
    '-k',
    '1',
    '-F',
    '999',
    '-g',
    '-o',
    'perf.data',
    '--',
    ...node,
  );
  const dump = readdirSync(folder).find((file) => /^jit-\d+\.dump$/.test(file));
  if (dump === undefined) throw new Error('node --perf-prof wrote no jitdump');
  perf('inject', '-j', '-i', 'perf.data', '-o', 'perf.jit');
  return { script: perf('script', '--no-inline', '-i', 'perf.jit'), dump: readFileSync(join(folder, dump)) };
}

unless(noPerf, test)('names the wasm frames of a real profile of V8, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'v8-perf-'));
  try {
    const { script, dump } = record(folder);
    const resolve = wasmFrameResolver({ modules: [knownModule('demo', 'fib', readWasm(MODULE))] });
    const loads = wholeDump(dump).loads();
    const names = new Map(loads.map((load) => [load.codeIndex, load.name]));
    const displayed = new Map<string, Set<string>>([
      ['wasm', new Set()],
      ['engine', new Set()],
    ]);
    let samples = 0;
    for (const stack of injectedStacks(script)) {
      const frames = stack.map((frame) => ({ frame, found: resolve(frame) }));
      if (frames.at(-1)?.found?.kind === 'wasm') samples++;
      for (const { frame, found } of frames) {
        assert.is(names.get(frame.codeIndex), frame.symbol);
        displayed.get(found?.kind ?? '')?.add(found?.name ?? '');
      }
    }
    assert.ok(samples > 100, `${samples} samples in wasm`);
    assert.equal([...(displayed.get('wasm') ?? [])].sort(), ['demo::fib<int>(int) const', 'exported']);
    const engine = [...(displayed.get('engine') ?? [])];
    assert.ok(
      engine.some((name) => /^\S+ \S+:\d+$/.test(name)),
      engine.join('\n'),
    );
    assert.not.ok(engine.some((name) => name.startsWith('JS:*')));
    assert.not.ok(engine.some((name) => name.includes('fib<int>') || name.includes('wasm-function')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
