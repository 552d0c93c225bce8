// The functions of the workers that the exchanges were recorded with, for the embedded engine.

const FAASM: Readonly<Record<string, string>> = {
  __faasm_read_input: '(param i32 i32) (result i32)',
  __faasm_write_output: '(param i32 i32)',
  __faasm_chain_name: '(param i32 i32 i32) (result i32)',
  __faasm_chain_ptr: '(param i32 i32 i32) (result i32)',
  __faasm_await_call: '(param i32) (result i32)',
  __faasm_read_state: '(param i32 i32 i32) (result i32)',
  __faasm_write_state: '(param i32 i32 i32)',
  __faasm_lock_state_write: '(param i32)',
  __faasm_unlock_state_write: '(param i32)',
};
const WASI: Readonly<Record<string, string>> = {
  proc_exit: '(param i32)',
  poll_oneoff: '(param i32 i32 i32 i32) (result i32)',
};

interface Parts {
  readonly data?: readonly (readonly [at: number, text: string])[];
  readonly more?: string;
  readonly locals?: string;
}

/** A module whose `_start` has this body; what it calls of the host is imported. */
export function wat(body: string, { data = [], more = '', locals = '' }: Parts = {}): string {
  const imports = Object.entries({ env: FAASM, wasi_snapshot_preview1: WASI }).flatMap(([module, types]) =>
    Object.entries(types)
      .filter(([name]) => `${body}${more}`.includes(`$${name}`))
      .map(([name, type]) => `(import "${module}" "${name}" (func $${name} ${type}))`),
  );
  const segments = data.map(([at, text]) => `(data (i32.const ${at}) "${text}")`);
  return `(module ${imports.join(' ')} (memory (export "memory") 2) ${segments.join(' ')} ${more}
    (func (export "_start") ${locals} ${body}))`;
}

/** Gives this text as its output. */
export function says(text: string): string {
  return wat(`(call $__faasm_write_output (i32.const 100) (i32.const ${text.length}))`, {
    data: [[100, text]],
  });
}

/** Chains functions, each with its input, without waiting, then waits for `awaited` of them and says something. */
function chains(calls: readonly (readonly [name: string, input: string])[], awaited: number, output: string) {
  const data = calls.flatMap(
    ([name, input], index) =>
      [
        [1000 + 100 * index, `${name}\\00`],
        [1050 + 100 * index, input],
      ] as const,
  );
  const made = calls.map(
    ([, input], index) => `(i32.store (i32.const ${16 + 4 * index}) (call $__faasm_chain_name
      (i32.const ${1000 + 100 * index}) (i32.const ${1050 + 100 * index}) (i32.const ${input.length})))`,
  );
  const waits = calls
    .slice(0, awaited)
    .map(
      (_call, index) =>
        `(local.set $worst (i32.or (local.get $worst) (call $__faasm_await_call (i32.load (i32.const ${16 + 4 * index})))))`,
    );
  return wat(
    `${made.join(' ')} ${waits.join(' ')}
     (call $__faasm_write_output (i32.const 100) (i32.const ${output.length}))
     (if (local.get $worst) (then (call $proc_exit (local.get $worst))))`,
    { data: [[100, output], ...data], locals: '(local $worst i32)' },
  );
}

const echo = wat(
  '(call $__faasm_write_output (i32.const 1024) (call $__faasm_read_input (i32.const 1024) (i32.const 60000)))',
);

/** Sleeps half as long as its input says: the recordings slept for the recorder's convenience. */
const sleep = wat(
  `(local.set $size (call $__faasm_read_input (i32.const 2000) (i32.const 20)))
   (block $done (loop $next
     (br_if $done (i32.ge_u (local.get $at) (local.get $size)))
     (local.set $ms (i32.add (i32.mul (local.get $ms) (i32.const 10))
       (i32.sub (i32.load8_u offset=2000 (local.get $at)) (i32.const 48))))
     (local.set $at (i32.add (local.get $at) (i32.const 1)))
     (br $next)))
   (i32.store (i32.const 416) (i32.const 1))
   (i64.store (i32.const 424) (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 500000)))
   (drop (call $poll_oneoff (i32.const 400) (i32.const 500) (i32.const 1) (i32.const 600)))
   (call $__faasm_write_output (i32.const 100) (i32.const 5))`,
  { data: [[100, 'Slept']], locals: '(local $size i32) (local $at i32) (local $ms i32)' },
);

export const workerFunctions: Readonly<Record<string, string>> = {
  hello: says('Hello from demo worker!'),
  details: says('details recorded'),
  cmdline: says('one two three'),
  binary: wat('(call $__faasm_write_output (i32.const 100) (i32.const 3))', {
    data: [[100, '\\ffA\\fe']],
  }),
  echo,
  sleep,
  fail: wat('(call $proc_exit (i32.const 42))'),
  throw: wat('(unreachable)'),
  chain: chains(
    [
      ['echo', 'child 0'],
      ['echo', 'child 1'],
    ],
    2,
    'child 0',
  ),
  chain_fail: chains(
    [
      ['hello', ''],
      ['fail', ''],
    ],
    2,
    'never seen',
  ),
  nested: chains(
    [
      ['chain', '2'],
      ['hello', ''],
    ],
    2,
    'done',
  ),
  fanout: chains(
    Array.from({ length: 5 }, () => ['sleep', '400'] as const),
    5,
    '5 children done',
  ),
  fire_and_forget: chains([['sleep', '1500']], 0, 'child left running'),
  loop: wat('(loop $again (br $again))'),
};
