import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { profilingNodeFlags, samplerNodeFlags } from '../../src/engine/runner-choice.ts';
import { parseTaggedFrame, parseV8Frame } from '../../src/wasm/v8-frame.ts';
import { noPerf } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { assemble, bundlePrograms } from './programs.ts';

const programs = await bundlePrograms();

test.after(() => programs.dispose());

const perfTest = unless(noPerf, test);

perfTest('under perf every wasm frame says whose it is and keeps its callers', () => {
  const folder = join(programs.folder, 'perf');
  mkdirSync(folder);
  writeFileSync(join(folder, 'spec.csv'), 'demo,chain,300,foobar\ndemo,echo,1500,foobar\n');
  const perf = (...args: string[]) => {
    const done = spawnSync('perf', ['--buildid-dir', join(folder, 'cache'), ...args], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    assert.is(done.status, 0, done.stderr);
    return done.stdout;
  };
  const program = [
    process.execPath,
    ...profilingNodeFlags,
    programs.path('microbench_runner'),
    'spec.csv',
    'out.csv',
  ];
  perf('record', '-q', '-k', '1', '-F', '999', '--call-graph', 'fp', '-o', 'perf.data', ...program);
  perf('inject', '-j', '-i', 'perf.data', '-o', 'perf.jit');
  const samples = perf('script', '--no-inline', '-F', 'comm,ip,sym', '-i', 'perf.jit').split('\n\n');
  const stacks = samples.map((sample) =>
    sample
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace(/^[0-9a-f]+ /, '')),
  );
  const inWasm = stacks
    .map((stack) => stack.map(parseTaggedFrame).filter((frame) => frame !== undefined))
    .filter((stack) => stack.length > 0);
  assert.ok(inWasm.length > 500, `${inWasm.length} of ${stacks.length} samples in wasm`);
  const rooted = inWasm.filter((stack) => stack.some(({ short }) => short.startsWith('_start')));
  assert.ok(
    rooted.length > inWasm.length * 0.98,
    `${rooted.length} of ${inWasm.length} samples reach _start`,
  );
  const functions = new Set(inWasm.flat().map(({ func }) => func));
  for (const func of ['chain', 'echo']) assert.ok(functions.has(func), `no frame of ${func}`);
  const untagged = stacks.flat().filter((symbol) => {
    const frame = parseV8Frame(symbol);
    return (
      frame?.tier !== undefined && parseTaggedFrame(symbol) === undefined && !symbol.includes('wasm-to-js')
    );
  });
  assert.equal([...new Set(untagged)], []);
  const hot = inWasm.filter(([leaf]) => leaf?.short === 'crc_step').length;
  assert.ok(hot > inWasm.length / 10, `${hot} samples in crc_step`);
});

const Profile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: z.object({ functionName: z.string() }) })),
  samples: z.array(z.number()),
});

function sampled(name: string, args: readonly string[]) {
  const folder = join(programs.folder, `v8-${args.join('-').replaceAll(/\W/g, '')}`);
  const ended = programs.run(name, args, { nodeFlags: samplerNodeFlags(folder, 200) });
  const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'));
  // One of the thread that the function runs in, one of the program's own, which only waits.
  assert.is(files.length, 2, ended.stderr);
  files.sort((one, other) => statSync(join(folder, other)).size - statSync(join(folder, one)).size);
  const { nodes, samples } = Profile.parse(JSON.parse(readFileSync(join(folder, files[0] ?? ''), 'utf8')));
  return { ...ended, names: nodes.map(({ callFrame }) => callFrame.functionName), samples };
}

test("V8's own profiler names wasm frames, and its profile is written however the function ends", () => {
  const well = sampled('func_runner', ['demo', 'fibonacci', '36']);
  assert.is(well.exit, 0);
  assert.ok(
    well.names.some((name) => /^wasm:demo\/fibonacci\[\d+\]:fibonacci$/.test(name)),
    well.names.join(),
  );
  const stopped = sampled('func_runner', ['demo', 'loop', '--timeout=0.3']);
  assert.is(stopped.exit, 1);
  assert.ok(stopped.names.some((name) => /^wasm:demo\/loop\[\d+\]:spin_once$/.test(name)));
  assert.is(sampled('func_runner', ['demo', 'trap']).exit, 1);
  assert.is(sampled('func_runner', ['demo', 'exit', '5']).exit, 5);
});

/** Says again and again that it runs, from the function whose name is looked for; in between it does `rest`. */
function endless(rest: string): string {
  return `(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00")
    (func $lingers
      (loop
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        ${rest}
        (br 0)))
    (func (export "_start") (call $lingers)))`;
}

const reads = '(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))';
const argv = (): string[] => [...profilingNodeFlags, programs.path('func_runner'), '--wasm=endless.wasm'];

/** Runs such a program, answers each of its first words, and ends it then. */
async function assertEnds(name: string, rest: string, command: readonly string[]): Promise<void> {
  const folder = join(programs.folder, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'endless.wasm'), assemble(endless(rest)));
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    for (let answers = 0; answers < 20; answers++) {
      await once(child.stdout, 'data');
      child.stdin.write('.');
    }
    child.stdout.resume();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.equal(await ended, [143, null]);
  } finally {
    child.kill('SIGKILL');
  }
  const dump = readdirSync(folder).find((one) => /^jit-\d+\.dump$/.test(one));
  const names = readFileSync(join(folder, dump ?? 'no dump'), 'latin1');
  assert.match(names, /wasm:\/endless\.wasm\[\d+\]:lingers/);
}

test('an endless loop that is recorded ends in order on SIGTERM, with the names of its functions', async () => {
  await assertEnds('loop', '', [process.execPath, ...argv()]);
});

test('a program that waits for input, of a socket or of a pipe, does so too', async () => {
  await assertEnds('socket', reads, [process.execPath, ...argv()]);
  // A shell's pipe: the program is its last part, in whose place it runs.
  const shell = 'mkfifo in; cat <&3 3<&- > in & exec "$0" "$@" < in 3<&-';
  await assertEnds('pipe', reads, ['sh', '-c', `exec 3<&0; ${shell}`, process.execPath, ...argv()]);
});

test.run();
