import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noGcc, noPerf } from '../support/machine.ts';
import { root, run, runProgram } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// Inlined calls against `perf script`, which looks them up too where callers are unwound with DWARF.

const needsPerf = unless(noPerf ?? noGcc, test);
const folder = await mkdtemp(join(tmpdir(), 'inlined-test-'));

async function must(...argv: string[]): Promise<string> {
  const done = await runProgram(argv, { cwd: folder });
  if (done.exit !== 0) throw new Error(`${argv.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

test.before(async () => {
  if (noPerf !== undefined || noGcc !== undefined) return;
  const source = join(root, 'test/programs/inlined/inlined.c');
  await must('gcc', '-O2', '-g', '-fno-omit-frame-pointer', source, '-o', 'inlined');
  await must('gcc', '-O2', '-fno-omit-frame-pointer', source, '-o', 'without');
  await must('perf', 'record', '-q', '-F', '499', '--call-graph', 'dwarf', '-o', 'dwarf.data', './inlined');
  await must('perf', 'record', '-q', '-F', '499', '-g', '-o', 'fp.data', './inlined');
});

test.after(() => rm(folder, { recursive: true }));

/** The stacks from `main` on of `perf script`, leaf last, with the marks of folded stacks. */
function stacksOf(script: string): Set<string> {
  const stacks = new Set<string>();
  for (const sample of script.split('\n\n')) {
    const frames = sample.split('\n').flatMap((line) => {
      const [, name, dso] = /^\s+[0-9a-f]+ (\S+?)(?:\+0x[0-9a-f]+)? \((.*)\)$/.exec(line) ?? [];
      return name === undefined ? [] : [dso === 'inlined' ? `${name}_[i]` : name];
    });
    const at = frames.indexOf('main');
    if (at >= 0)
      stacks.add(
        frames
          .slice(0, at + 1)
          .reverse()
          .join(';'),
      );
  }
  return stacks;
}

function foldedFrom(text: string): Set<string> {
  const stacks = text.split('\n').map((line) => line.slice(0, line.lastIndexOf(' ')));
  return new Set(
    stacks.filter((stack) => stack.includes(';main')).map((stack) => stack.slice(stack.indexOf(';main') + 1)),
  );
}

needsPerf('the same inlined calls as perf script', async () => {
  const { exit, stdout, stderr } = await run(['flame.fold', 'dwarf.data', '--inline', '--no-cache'], {
    cwd: folder,
  });
  assert.is(exit, 0, stderr);
  const perf = stacksOf(await must('perf', 'script', '-i', 'dwarf.data', '--inline'));
  const work = 'main;outer;one_more_[i];work;mix_twice_[i];mix_[i]';
  assert.ok(
    [...perf].some((stack) => stack.startsWith(work)),
    [...perf].join('\n'),
  );
  const ours = foldedFrom(stdout);
  // Interrupts add kernel frames, whose own inlined calls nobody here knows.
  const ofProgram = (stacks: Set<string>) =>
    [...stacks]
      .filter((stack) => /^main(;(outer|one_more|work|mix|mix_twice)(_\[i\])?)*$/.test(stack))
      .sort();
  assert.equal(ofProgram(ours), ofProgram(perf));
});

needsPerf('frame pointers: the call site is before the return address', async () => {
  const { stdout } = await run(['flame.fold', 'fp.data', '--inline', '--no-cache'], { cwd: folder });
  assert.match(stdout, /;main;(?:outer;one_more_\[i\];)?work;mix_twice_\[i\];mix_\[i\] \d+\n/);
  const plain = await run(['flame.fold', 'fp.data'], { cwd: folder });
  assert.not.match(plain.stdout, /_\[i\]/);
  const sum = (text: string) =>
    text.split('\n').reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' '))), 0);
  assert.is(sum(stdout), sum(plain.stdout));
});

needsPerf('answers are kept, unless --no-cache', async () => {
  const cache = join(folder, 'cache');
  await mkdir(cache);
  const env = { XDG_CACHE_HOME: cache };
  await run(['flame.fold', 'fp.data', '--inline', '--no-cache'], { cwd: folder, env });
  assert.equal(await readdir(cache), []);
  const first = await run(['flame.fold', 'fp.data', '--inline'], { cwd: folder, env });
  const names = await readdir(join(cache, 'faasm-tasks', 'symbols'));
  assert.ok(
    names.some((name) => name.startsWith('inlined-')),
    names.join(' '),
  );
  const again = await run(['flame.fold', 'fp.data', '--inline'], { cwd: folder, env });
  assert.is(again.stdout, first.stdout);
});

needsPerf('flame draws them dashed', async () => {
  const { exit, stderr } = await run(['flame', '--inline', '--cmd', './inlined', '--frequency=499'], {
    cwd: folder,
  });
  assert.is(exit, 0, stderr);
  const svg = await readFile(join(folder, 'flame.svg'), 'utf8');
  assert.match(svg, /<rect class="e\d inlined"[^>]*><title>[^<]*mix_\[i\]/);
  assert.match(svg, /Dashed outline/);
});

needsPerf('a program without debug information: said once, with what helps', async () => {
  const { exit, stderr } = await run(['flame', '--inline', '--cmd', './without', '--frequency=499'], {
    cwd: folder,
  });
  assert.is(exit, 0);
  assert.is(stderr.match(/No inlined calls in/g)?.length, 1, stderr);
  assert.match(stderr, /\/without.*: no debug information\n.*Compile with -g/);
});

test('text has no binaries to look into', async () => {
  const { exit, stderr } = await run(['flame.fold', '-', '--inline'], {
    input: 'x 1 1.0: 1 cycles: \n\t1 a (b)\n',
  });
  assert.is(exit, 2);
  assert.match(stderr, /--inline needs a recording/);
});

test.run();
