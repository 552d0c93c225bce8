import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BuildError,
  errorTitle,
  firstBuildError,
  ProgressReader,
  progressText,
} from '../../src/build/build-output.ts';
import { noClang, noClangCompiler, noCmake, noGcc } from '../support/machine.ts';
import { unless } from '../support/unless.ts';

const folder = mkdtempSync(join(tmpdir(), 'first-error-'));
test.after(() => rmSync(folder, { recursive: true }));

/** What a compiler really prints for a source. */
function compile(compiler: string, source: string, ...flags: string[]): BuildError | undefined {
  writeFileSync(join(folder, 'error.cpp'), source);
  writeFileSync(join(folder, 'deep.h'), 'inline int deep() { return missing; }\n');
  const { stdout, stderr } = spawnSync(compiler, ['error.cpp', ...flags], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return firstBuildError(
    `[1/9] Building CXX object a.o\nFAILED: a.o\n${compiler} -o error error.cpp\n${stdout}${stderr}`,
  );
}

for (const compiler of ['g++', 'clang++-14']) {
  const compiled = unless(compiler === 'g++' ? noGcc : noClangCompiler, test);
  compiled(`${compiler}: place, message, excerpt; warnings before it are not it`, () => {
    const error = compile(
      compiler,
      'int f() { int error; return 1; }\nint main() {\n  return undeclared;\n}\n',
      '-Wall',
      '-c',
    );
    assert.equal([error?.kind, error?.file, error?.line, error?.column], ['compiler', 'error.cpp', 3, 10]);
    assert.match(error?.message ?? '', /undeclared/);
    const context = error?.context.join('\n') ?? '';
    assert.match(context, /return undeclared;/);
    assert.match(context, /\^/);
    assert.not.match(context, /unused variable/);
  });

  compiled(`${compiler}: an error in a header comes with the way there`, () => {
    const error = compile(compiler, '#include "deep.h"\nint main() {}\n', '-c');
    assert.match(error === undefined ? '' : errorTitle(error), /^(\.\/)?deep\.h:1:\d+: /);
    assert.match(error?.context[0] ?? '', /In file included from/);
  });

  compiled(`${compiler}: a missing header, an error made of a warning, a static assertion`, () => {
    assert.match(compile(compiler, '#include <nowhere.h>\n', '-c')?.message ?? '', /nowhere\.h/);
    assert.match(
      compile(compiler, 'int f() { int x; return 1; }\n', '-c', '-Wall', '-Werror')?.message ?? '',
      /unused variable/,
    );
    assert.match(
      compile(compiler, 'static_assert(sizeof(int) == 1, "odd int");\n', '-c')?.message ?? '',
      /odd int/,
    );
  });

  compiled(`${compiler}: the linker misses a function`, () => {
    const error = compile(compiler, 'int far_away();\nint main() { return far_away(); }\n');
    assert.is(error?.kind, 'linker');
    assert.match(error?.message ?? '', /undefined reference to `far_away\(\)'/);
  });

  compiled(`${compiler}: a library that is not there`, () => {
    assert.match(
      compile(compiler, 'int main() {}\n', '-lno_such_library')?.message ?? '',
      /cannot find -lno_such_library/,
    );
  });
}

unless(noClangCompiler ?? noClang, test)('lld: the symbol, and where it is used', () => {
  const error = compile(
    'clang++-14',
    'int far_away();\nint main() { return far_away(); }\n',
    '-fuse-ld=lld',
    '-g',
  );
  assert.is(error?.kind, 'linker');
  assert.match(error?.message ?? '', /undefined symbol: far_away\(\)/);
  assert.equal([error?.file, error?.line], ['error.cpp', 2]);
});

unless(noCmake, test)('CMake: place and message, real', () => {
  const source = join(folder, 'project');
  spawnSync('mkdir', ['-p', source]);
  writeFileSync(
    join(source, 'CMakeLists.txt'),
    'cmake_minimum_required(VERSION 3.18)\nproject(x NONE)\nmessage(WARNING "error: not this")\nfind_package(NoSuchThing REQUIRED)\n',
  );
  const { stdout, stderr } = spawnSync('cmake', ['-S', source, '-B', join(folder, 'b')], {
    encoding: 'utf8',
  });
  const error = firstBuildError(stdout + stderr);
  assert.equal([error?.kind, error?.file, error?.line], ['cmake', 'CMakeLists.txt', 4]);
  assert.match(error?.message ?? '', /NoSuchThing/);
});

const cases: readonly [name: string, output: string, kind: string, title: RegExp][] = [
  [
    'disk full in the assembler',
    '/tmp/ccx.s: Assembler messages:\nFatal error: error writing to a.o: No space left on device',
    'disk-full',
    /No space left/,
  ],
  [
    'disk full in ninja',
    'ninja: error: writing to build log: No space left on device',
    'disk-full',
    /No space left/,
  ],
  [
    'killed for memory',
    'c++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.',
    'memory',
    /Killed/,
  ],
  ['clang killed', 'clang: error: unable to execute command: Killed', 'memory', /Killed/],
  [
    'a missing file',
    "ninja: error: 'gone.cpp', needed by 'a.o', missing and no known rule to make it",
    'build-system',
    /^'gone\.cpp', needed by/,
  ],
  [
    'make without a rule',
    "make[2]: *** No rule to make target 'gone.cpp', needed by 'a.o'.  Stop.",
    'build-system',
    /^No rule/,
  ],
  ['an unknown option', "clang: error: unknown argument: '-fnope'", 'compiler', /unknown argument/],
  [
    'colours',
    '\u001b[1msrc/a.cpp:1:2: \u001b[31merror: \u001b[0mbroken',
    'compiler',
    /^src\/a\.cpp:1:2: broken$/,
  ],
];
for (const [name, output, kind, title] of cases) {
  test(name, () => {
    const error = firstBuildError(output);
    assert.is(error?.kind, kind);
    assert.match(error === undefined ? '' : errorTitle(error), title);
  });
}

test('a compiler error wins over the build system that reports it, wherever they stand', () => {
  const error = firstBuildError(
    'ninja: error: rebuilding x: subcommand failed\nsrc/a.cpp:7:1: error: broken\n',
  );
  assert.is(error?.file, 'src/a.cpp');
});

test('output without an error has none', () => {
  const fine = [
    '[1/2] Building CXX object src/error.cpp.o',
    'src/error.cpp:3:1: warning: unused error: x [-Wunused]',
    'g++ -DMSG="error: no" -c error.cpp',
    'make[1]: *** [Makefile:2: all] Error 2',
    'collect2: error: ld returned 1 exit status',
  ].join('\n');
  assert.is(firstBuildError(fine), undefined);
});

test('any text: an answer in time, context from the text', () => {
  const word = fc.constantFrom(
    'error: ',
    'a.cpp:1:2: ',
    'CMake Error at ',
    'ld: ',
    '\n',
    ' ',
    '>>> ',
    'x',
    '(y):',
    ':',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const error = firstBuildError(words.join(''));
      return error === undefined || error.context.length > 0;
    }),
  );
});

test("Ninja's counter: step, file without CMake's wrapping, time left from the steps still to do", () => {
  const reader = new ProgressReader(0);
  const lines = [1, 2, 3, 4].map(
    (n) => `[${n}/8] Building CXX object src/wavm/CMakeFiles/wavmmodule.dir/io.cpp.o`,
  );
  const read = lines.map((line, at) => reader.read(line, (at + 1) * 1000));
  assert.is(read[0]?.file, 'src/wavm/io.cpp');
  assert.is(read[1]?.secondsLeft, undefined, 'two steps are no pace');
  assert.equal([read[3]?.done, read[3]?.total, read[3]?.share], [4, 8, 0.5]);
  assert.is(read[3]?.secondsLeft, 4);
  assert.is(read[3] === undefined ? '' : progressText(read[3]), '4 of 8, about 4 s left');
});

test('only the recent pace counts: a slow beginning does not spoil the guess', () => {
  const reader = new ProgressReader(0);
  let now = 0;
  let last: number | undefined;
  for (let done = 1; done <= 150; done++) {
    now += done <= 50 ? 60_000 : 1000;
    last = reader.read(`[${done}/200] x`, now)?.secondsLeft;
  }
  assert.ok(last !== undefined && Math.abs(last - 50) < 1, String(last));
});

test('a total that shrinks, a counter that stands still, a step beyond the total', () => {
  const reader = new ProgressReader(0);
  for (const [at, line] of ['[1/9] a', '[2/9] b', '[3/4] c', '[3/4] c', '[5/4] d'].entries()) {
    const read = reader.read(line, at * 10);
    assert.ok(read !== undefined && read.share <= 1);
    assert.ok(read.secondsLeft === undefined || read.secondsLeft >= 0);
  }
});

test("Make's share", () => {
  const reader = new ProgressReader(0);
  const read = reader.read('[ 12%] Building CXX object CMakeFiles/tests.dir/src/tests.cpp.o', 10);
  assert.equal([read?.share, read?.done, read?.file], [0.12, undefined, 'src/tests.cpp']);
  assert.is(read === undefined ? '' : progressText(read), '12 %');
  assert.is(reader.read('[100%] Built target tests', 20)?.share, 1);
});

test('everything else is no progress', () => {
  const reader = new ProgressReader(0);
  for (const line of ['', 'FAILED: a.o', '[x/y] a', 'a.cpp:1:1: error: [1/2] b', '[0/0] x', '-- [1/2]'])
    assert.is(reader.read(line, 1), undefined, line);
});

test('hours and minutes', () => {
  const at = (secondsLeft: number): string =>
    progressText({ done: 1, total: 2, share: 0.5, file: '', secondsLeft });
  assert.is(at(0.2), '1 of 2, about 1 s left');
  assert.is(at(600), '1 of 2, about 10 min left');
  assert.is(at(7200), '1 of 2, about 2.0 h left');
});

test.run();
