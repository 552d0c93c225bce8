import fc from 'fast-check';

const one = (...values: string[]) => fc.constantFrom(...values);
const glued = (part: fc.Arbitrary<string>, most: number) =>
  fc.array(part, { minLength: 1, maxLength: most }).map((parts) => parts.join(''));
const id = fc.integer({ min: 0, max: 99999 }).map(String);

const comms = [
  'a',
  'ab',
  'pool 3',
  'a;b',
  'x"y',
  ':-1',
  'caf\xc3\xa9',
  '\xff\xfe',
  'k/0:1',
  'a\tb',
  '(sh)',
  'node',
  'V8 WorkerThread',
]; // prettier-ignore
// Only whole texts are Java: the script names a frame under the last header before it, even where a sample has two.
const javaComms = ['java', 'javac', 'java worker', 'java;x'];
const gap = one(' ', '  ', '   ', '\t', ' \v ');
const ids = fc.oneof(
  id,
  fc.tuple(id, one('/', '//', '/ '), id).map((parts) => parts.join('')),
  fc.tuple(id, one('/0', '/', 'x', '/-1')).map((parts) => parts.join('')),
);
const event = one(
  'cycles:',
  'cpu-clock:pppH:',
  'instructions:u:',
  'sched:sched_switch:',
  ':',
  '::',
  'cycles',
);
const period = fc.oneof(one('', '0', '7x'), fc.integer({ min: 1, max: 10 ** 11 }).map(String));
const headerOf = (comm: fc.Arbitrary<string>) =>
  fc
    .tuple(comm, gap, ids, gap, one('', '[003] '), one('12.345678:', '12.345678'), gap, period, gap, event)
    .chain((parts) => one('', ' ', '\t', ' x').map((end) => parts.join('') + end));
const plainHeaderOf = (comm: fc.Arbitrary<string>) =>
  fc
    .tuple(comm, id, id, period)
    .map(([name, pid, tid, count]) => `${name} ${pid}/${tid} 1.000001: ${count} cycles: `);

const symbol = glued(
  one(
    'main',
    'foo',
    'operator',
    '()',
    '->',
    '(',
    ')',
    ' (',
    ' ',
    '::',
    ';',
    "'",
    '"',
    '<int>',
    '(anonymous namespace)',
    '[unknown]',
    'LFoo/Bar',
    'Lx',
    '/',
    '.(*Client).Do',
    '.(',
    ').',
    '+0x1f',
    '+0xZ',
    '+0x',
    '_[i]',
    '_[j]',
    'caf\xc3\xa9',
    '\x80',
    'L',
    '->[unknown]',
    '#',
    '[',
  ),
  5,
); // prettier-ignore
const plainSymbol = one(
  'main+0x10',
  'foo',
  '[unknown]',
  'a->b',
  'Lorg/x/Foo;::bar+0x1',
  'std::f(int, char)+0x2',
  'operator()',
);
const dso = one(
  '/usr/bin/app',
  '[unknown]',
  '[kernel.kallsyms]',
  '[vdso]',
  '/tmp/perf-12.map',
  '/tmp/jitted-1-2.so',
  '/memfd:foo (deleted)',
  '/lib/x.so (deleted)',
  '',
  '/boot/vmlinux',
  '[nf_conntrack]',
  '/a b/c (d)',
  'inlined',
  '//anon',
  ')',
  '[unknown',
  'x;y',
  "it's",
); // prettier-ignore
const pc = one('ffffffff8103ce3b', '7f12', '0', 'zz_9', '', 'a b', '-1');
const frame = fc
  .tuple(
    one('\t', '  \t ', ' ', ''),
    pc,
    one(' ', '', '  '),
    fc.oneof(plainSymbol, symbol),
    one(' (', ' (', ' (', '(', ' '),
    dso,
    one(')', ')', ')', '', ') x'),
  )
  .map((parts) => parts.join('')); // prettier-ignore
const plainFrame = fc
  .tuple(pc, plainSymbol, dso)
  .map(([address, name, file]) => `\t${address.padStart(16)} ${name} (${file})`);
const garbage = fc.oneof(
  one(
    '',
    ' ',
    '\t',
    '\r',
    '# comment',
    '# cmdline : perf record -g x',
    '#',
    'nonsense',
    '\0\x01',
    ' (',
    '()',
    'x ()',
    ') (',
  ),
  symbol,
); // prettier-ignore

const textOf = (names: readonly string[]) => {
  const comm = one(...names);
  const header = headerOf(comm);
  const sample = fc
    .tuple(fc.oneof(plainHeaderOf(comm), header), fc.array(fc.oneof(plainFrame, frame), { maxLength: 5 }))
    .map(([first, rest]) => [first, ...rest, ''].join('\n'));
  const line = fc.oneof(
    { arbitrary: sample, weight: 6 },
    { arbitrary: header, weight: 2 },
    { arbitrary: frame, weight: 3 },
    { arbitrary: garbage, weight: 2 },
    { arbitrary: fc.constant(''), weight: 2 },
  );
  const first = plainHeaderOf(one(...names.filter((name) => name.length > 1)));
  return fc
    .tuple(first, fc.array(line, { maxLength: 12 }), one('', '\n', '\n\n'))
    .map(([start, lines, end]) => [start, ...lines].join('\n') + end);
};

/** `perf script` text (latin1) with everything in it that may mislead a reader of it. */
export const hostilePerfScript: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: textOf(comms), weight: 3 },
  { arbitrary: textOf(javaComms), weight: 1 },
);
