import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type NamedFrame, namedTraces, TraceNaming } from '../../src/debug/trace-reader.ts';
import { symbolReplacer } from '../../src/wasm/symbol-replacement.ts';
import { SAMPLE_NAMES, sampleModule } from './a-module.ts';

const symbols = new Map(SAMPLE_NAMES.map((name, n) => [`functionDef${n}`, name]));
const operator = SAMPLE_NAMES[2];

async function read(
  input: string | readonly Uint8Array[],
): Promise<{ text: string; bytes: Buffer; stacks: (readonly NamedFrame[])[] }> {
  const stacks: (readonly NamedFrame[])[] = [];
  const chunks = typeof input === 'string' ? [Buffer.from(input)] : input;
  const pieces: Uint8Array[] = [];
  const options = {
    naming: new TraceNaming(sampleModule()),
    replace: symbolReplacer(symbols),
    onStack: (frames: readonly NamedFrame[]) => void stacks.push(frames),
  };
  for await (const piece of namedTraces(chunks, options)) pieces.push(Uint8Array.from(piece));
  const bytes = Buffer.concat(pieces);
  return { text: bytes.toString(), bytes, stacks };
}

/** What is said of the frames of one stack: symbol, name, offset and place. */
async function frames(text: string): Promise<string[]> {
  const { stacks } = await read(text);
  assert.is(stacks.length, 1, text);
  return (stacks[0] ?? []).map(({ symbol, name, offset = '', place }) =>
    [symbol, name, offset, place].filter((part) => part !== '').join(' | '),
  );
}

// The same three functions as each runtime prints them, and what has to come out.
const written: readonly [writer: string, text: string, expected: readonly string[]][] = [
  [
    'WAVM, with names, without, and the host',
    `------ Faasm backtrace ------
wasm!demo/sample!recurse+12
wasm!demo/sample!<function #1>+3
wasm!demo/sample!${operator}+7
host!/usr/lib/libWAVM.so.0!WAVM::Platform::catchSignals(void (*)(void*), bool (*)(int))+940
thnk!C to WASM thunk!()->()+0
host!/usr/lib/libc.so.6+171584
<unknown function>
<12 redundant frames omitted>
-------------------------------
`,
    [
      'functionDef3 | recurse | +12',
      'functionDef1 | main | +3',
      `functionDef2 | ${operator} | +7`,
      'WAVM::Platform::catchSignals(void (*)(void*), bool (*)(int)) | +940 | /usr/lib/libWAVM.so.0',
      '()->() | +0 | C to WASM thunk',
      '<unknown>+171584 | +171584 | /usr/lib/libc.so.6',
      '<unknown function>',
      '<12 redundant frames omitted>',
    ],
  ],
  [
    'gdb',
    `#0  0x00007ffff7fb5010 in functionDef3 ()
#1  functionDef2 () from /tmp/jit.so
#2  0x00007ffff7fb5010 in ?? ()
#3  0x000055555556 in run<std::function<void (int)> > (cb=0x55 <f (int)>, n=3) at /src/run.cpp:12
#4  <signal handler called>
#5  0x00007ffff7e in __libc_start_main () from /lib/x86_64-linux-gnu/libc.so.6
`,
    [
      'functionDef3 | recurse',
      `functionDef2 | ${operator}`,
      '<unknown>',
      'run<std::function<void (int)> > | /src/run.cpp:12',
      '<signal handler called>',
      '__libc_start_main | /lib/x86_64-linux-gnu/libc.so.6',
    ],
  ],
  [
    'gdb with the names of debug.gdb',
    `#0  0x00007ffff7fb5010 in recurse [functionDef3] ()\n#1  ${operator} [functionDef2] ()\n`,
    ['functionDef3 | recurse', `functionDef2 | ${operator}`],
  ],
  [
    'V8',
    `RuntimeError: unreachable
    at recurse (wasm://wasm/0001a7c2:wasm-function[5]:0x1ed)
    at wasm://wasm/0001a7c2:wasm-function[3]:0x30b
    at sample.${operator} (wasm://wasm/sample-0001a7c2:wasm-function[4]:0x30c)
    at async Object.<anonymous> (/srv/run.js:1:2)
    at file:///srv/run.mjs:5:18
`,
    [
      'functionDef3 | recurse | 0x1ed',
      'functionDef1 | main | 0x30b',
      `functionDef2 | ${operator} | 0x30c`,
      'async Object.<anonymous> | /srv/run.js:1:2',
      '<unknown> | file:///srv/run.mjs:5:18',
    ],
  ],
  [
    'Firefox',
    'recurse@http://x/y.wasm:wasm-function[5]:0x52\n@http://x/y.wasm:wasm-function[3]:0x9\n',
    ['functionDef3 | recurse | 0x52', 'functionDef1 | main | 0x9'],
  ],
  [
    'Safari',
    '<?>.wasm-function[recurse]@[wasm code]\n<?>.wasm-function[3]@[wasm code]\n',
    ['functionDef3 | recurse', 'functionDef1 | main'],
  ],
  [
    'wasmtime',
    `Caused by:
    0: failed to invoke command default
    1: error while executing at wasm backtrace:
           0:  0x248 - <unknown>!recurse
                    at /src/sample.c:12:3
           1: 0x1291 - sample.wasm!<wasm function 3>
           2:  0x1c0 - <unknown>!${operator}
    2: wasm trap: wasm \`unreachable\` instruction executed
`,
    [
      'functionDef3 | recurse | 0x248 | /src/sample.c:12:3',
      'functionDef1 | main | 0x1291',
      `functionDef2 | ${operator} | 0x1c0`,
    ],
  ],
  [
    'Wasmer',
    `│   1: RuntimeError: unreachable
           at recurse (<module>[5]:0x248)
           at <unnamed> (/x/sample.wasm[3]:0x291)
╰─▶ 2: unreachable
`,
    ['functionDef3 | recurse | 0x248', 'functionDef1 | main | 0x291'],
  ],
  [
    'WAMR',
    '\n#00: 0x0029 - recurse\n#01: 0x0031 - $f3\n#02: 0x0040 - $f1 \n\nException: unreachable\n',
    [
      'functionDef3 | recurse | 0x0029',
      'functionDef1 | main | 0x0031',
      'functionImport1 | env.second | 0x0040',
    ],
  ],
  ['older WAMR', '#00 recurse \n#01 $f3 \n', ['functionDef3 | recurse', 'functionDef1 | main']],
  [
    'wazero',
    `wasm error: unreachable
wasm stack trace:
\tsample.recurse(i32,i64) i32
\t\t0x1a2: /src/sample.c:3:9
\t.$3()
`,
    ['functionDef3 | recurse | /src/sample.c:3:9', 'functionDef1 | main'],
  ],
  [
    'wasm3',
    '==== wasm backtrace:\n  0: 0x00005f - .!recurse\n  1: 0x000063 - .!main\n',
    ['functionDef3 | recurse | 0x00005f', 'functionDef1 | main | 0x000063'],
  ],
  [
    'a sanitizer',
    `==12==ERROR: AddressSanitizer: SEGV
    #0 0x7f0000001000 in functionDef3 (<unknown module>)
    #1 0x55d4a1 in run(int) /src/run.cpp:12:3
    #2 0x7f1234  (/lib/x86_64-linux-gnu/libc.so.6+0x29d8f) (BuildId: 0a1b)
`,
    [
      'functionDef3 | recurse',
      'run(int) | /src/run.cpp:12:3',
      '<unknown> | /lib/x86_64-linux-gnu/libc.so.6+0x29d8f',
    ],
  ],
];

for (const [writer, text, expected] of written) {
  test(`reads what ${writer} prints`, async () => {
    assert.equal(await frames(text), expected);
    assert.equal(await frames(text.replaceAll('\n', '\r\n')), expected, 'with Windows line ends');
  });
}

test('code of other modules keeps what it was called', async () => {
  assert.equal(
    await frames(`wasm!demo/other!functionDef3+1
wasm!env!functionDef3+1
wasm!libm.so!<function #3>+1
wasm!demo/sample!functionDef3+1
wasm!demo/sample!functionDef7+1
wasm!demo/sample!twin+1
`),
    [
      'functionDef3 | +1',
      'functionDef3 | +1',
      'functionDef3 | +1',
      'functionDef3 | recurse | +1',
      'functionDef7 | +1',
      'twin | +1',
    ],
  );
  // The same number under another name, and one that the module does not have.
  assert.equal(
    await frames(
      '    at solve (wasm://wasm/1:wasm-function[5]:0x1)\n    at wasm://wasm/1:wasm-function[9]:0x1\n',
    ),
    ['solve | 0x1', 'wasm-function[9] | 0x1'],
  );
});

test('frames are aligned and numbered on, recursion is folded', async () => {
  const { text } = await read(
    `before\n#7  0x01 in functionDef0 ()\n#8  0x02 in functionDef3 ()\n#9  0x03 in functionDef3 ()\n#10 0x04 in functionDef3 ()\n#11 0x05 in main () at a.c:3\nafter\n`,
  );
  assert.is(
    text,
    `before
  #7   _start   functionDef0
  #8   recurse  functionDef3
       … the frame above, 2 more times
  #11  main                   a.c:3
after
`,
  );
});

test('call sites of one function are the same frame', async () => {
  const lines = [12, 40, 12, 40].map((offset) => `wasm!demo/sample!recurse+${offset}\n`).join('');
  assert.is(
    (await read(lines)).text,
    '  #0  recurse  functionDef3+12\n      … the frame above, 3 more times\n',
  );
});

test('two stacks in a row stay two', async () => {
  const { stacks } = await read('#0  functionDef3 ()\n#1  functionDef1 ()\n#0  functionDef1 ()\n');
  assert.equal(
    stacks.map((stack) => stack.map(({ name }) => name)),
    [['recurse', 'main'], ['main']],
  );
});

test('what docker compose puts before each line is kept, and tells stacks of two services apart', async () => {
  const { text, stacks } = await read(
    'worker-1   | wasm!demo/sample!recurse+1\nworker-2   | wasm!demo/sample!main+1\nworker-2   | bye\n',
  );
  assert.is(stacks.length, 2);
  assert.is(
    text,
    'worker-1   |   #0  recurse  functionDef3+1\nworker-2   |   #0  main  functionDef1+1\nworker-2   | bye\n',
  );
});

test('other text is kept byte for byte, but for whole symbols', async () => {
  const plain = `Error: no
    at foo (/srv/run.js:1:2)
#12 is a good issue
#10 0x55 in main () at a.c:3
  0: failed to invoke
mail@example.org wasm! host!
\tindented.thing(i32)
\r\n\u0000odd`;
  assert.is((await read(plain)).text, plain);
  assert.is(
    (await read('in functionDef3, not functionDef33 or xfunctionDef3; functionDef6\n')).text,
    'in recurse, not functionDef33 or xfunctionDef3; functionDef6\n',
  );
});

test('names cannot command the terminal', async () => {
  const { text } = await read('wasm!demo/sample!\u001b[2Jevil\u202e+1\n');
  assert.not.match(text, /\u001b|\u202e/);
});

test('any cut of the input gives the same text', async () => {
  const all = written.map(([, text]) => text).join('other text\n');
  const whole = (await read(all)).text;
  const bytes = Buffer.from(all);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
      assert.is((await read(chunks)).text, whole);
    }),
    { numRuns: 60 },
  );
});

test('bytes that are no text and lines without an end come through', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), async (chunks) => {
      assert.ok((await read(chunks)).bytes.equals(Buffer.concat(chunks)));
    }),
  );
  const long = Buffer.alloc(1 << 20, 'x');
  const { bytes } = await read([long, Buffer.from('functionDef3\nfunctionDef3\n')]);
  assert.is(bytes.length, long.length + 'functionDef3\nrecurse\n'.length);
});

test('a stack that never ends is handed on in pieces', async () => {
  const deep = Array.from({ length: 150_000 }, (_, n) => `#${n}  0x1 in functionDef${n % 2} ()\n`).join('');
  const { stacks, text } = await read(deep);
  assert.equal(
    stacks.map((stack) => stack.length),
    [100_000, 50_000],
  );
  assert.match(text, /#100000 {2}_start/);
});

test.run();
