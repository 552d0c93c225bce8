/**
 * How runtimes and debuggers print a frame of a stack, a row each. All of them print the innermost frame first.
 *
 * Numbers count two things: `functionDefN` and WAVM's `<function #N>` are the N-th function with a body; everybody else
 * counts all functions, imports first. Offsets in hex are bytes from the module's start; WAVM's decimal ones are not.
 */

/** A frame as it is printed. */
export interface PrintedFrame {
  /** Who prints frames like this. */
  readonly writer: string;
  /** Where it stands in its stack, if the text says so. */
  readonly number: number | undefined;
  /** The name that the writer gave it; '' for none. */
  readonly name: string;
  /** Its number among the functions with a body, or among all functions. */
  readonly defined: number | undefined;
  readonly index: number | undefined;
  /** The module, as its runtime calls it. */
  readonly module: string | undefined;
  /** Where in the function or module, as it is printed: `+34`, `0x3c`. */
  readonly offset: string | undefined;
  /** A source line, or a library. */
  readonly place: string;
  readonly kind: 'wasm' | 'native';
  /** Other text looks like this too: it is a frame only if the module has a function of this name. */
  readonly isDoubtful: boolean;
  /** Finds, as its first group, the frame's source line in the line below. */
  readonly sourceLine: RegExp | undefined;
}

interface TraceFormat {
  readonly writer: string;
  readonly kind: PrintedFrame['kind'];
  /** With the groups `number name defined index module offset place`, any of them. */
  readonly pattern: RegExp;
  readonly isDoubtful?: true;
  readonly sourceLine?: RegExp;
}

/** gdb breaks long lines on a terminal. */
const gdbLine = /^ {4}at (\S.*:\d+)$/;
const wazeroLine = /^\s+0x[0-9a-f]+: (\S.*:\d+:\d+)(?: \(inlined\))?$/;

const formats: readonly TraceFormat[] = [
  {
    // WAVM, Lib/Runtime/Exception.cpp and Instance.cpp; Faasm's __faasm_backtrace and the embedded engine's.
    writer: 'WAVM',
    kind: 'wasm',
    pattern:
      /^\s*wasm!(?:(?<module>[^!]*)!)?(?:<function #(?<defined>\d+)>|(?<name>.+?))(?<offset>\+(?:0x[0-9a-f]+|\d+))?(?: \((?<place>[^()]+:\d+)\))?$/,
  },
  {
    writer: 'WAVM',
    kind: 'native',
    pattern: /^\s*(?:host|thnk)!(?<place>[^!]+?)(?:!(?<name>.+?))?(?<offset>\+\d+)?$/,
  },
  {
    writer: 'tasks debug.gdb',
    kind: 'wasm',
    pattern: /^#(?<number>\d+) +(?:0x[0-9a-f]+ in )?(?<name>.+) \[functionDef(?<defined>\d+)\] \(.*$/,
    sourceLine: gdbLine,
  },
  {
    writer: 'gdb',
    kind: 'wasm',
    pattern: /^#(?<number>\d+) +(?:0x[0-9a-f]+ in )?functionDef(?<defined>\d+) \(.*\)(?: from .*)?$/,
    sourceLine: gdbLine,
  },
  {
    writer: 'gdb',
    kind: 'native',
    pattern:
      /^#(?<number>\d+) +(?:0x[0-9a-f]+ in )?(?<name>.+ \(.*\)|<signal handler called>)(?: (?:at|from) (?<place>\S.*))?$/,
    sourceLine: gdbLine,
  },
  {
    // compiler-rt's sanitizers: `#1 0x55f0 in run(int) /src/run.cpp:12:3`, `#2 0x55f0  (/lib/libc.so.6+0x29d8f)`.
    writer: 'sanitizers',
    kind: 'wasm',
    pattern: /^ +#(?<number>\d+) 0x[0-9a-f]+ in functionDef(?<defined>\d+)(?: .*)?$/,
  },
  {
    writer: 'sanitizers',
    kind: 'native',
    pattern:
      /^ +#(?<number>\d+) 0x[0-9a-f]+ +(?:in (?<name>.+?) )?(?<place>\/\S*|\([^()]*\))(?: \(BuildId: \w+\))?$/,
  },
  {
    // V8 (Node, Chrome): a wasm frame, `NAME (wasm://wasm/HASH:wasm-function[INDEX]:0xOFFSET)`.
    writer: 'V8',
    kind: 'wasm',
    pattern:
      /^\s*at (?:async )?(?:(?<name>.+) \()?[^\s()]*\bwasm-function\[(?<index>\d+)\](?::(?<offset>0x[0-9a-f]+|\d+))?\)?$/,
  },
  {
    writer: 'V8',
    kind: 'native',
    pattern: /^\s*at (?<name>.+) \((?<place>[^()]+:\d+:\d+|native|<anonymous>)\)$/,
  },
  { writer: 'V8', kind: 'native', pattern: /^\s*at (?:async )?(?<place>\S+:\d+:\d+)$/ },
  {
    // SpiderMonkey: `NAME@URL:wasm-function[INDEX]:0xOFFSET`.
    writer: 'Firefox',
    kind: 'wasm',
    pattern: /^(?<name>[^@]*)@\S*:wasm-function\[(?<index>\d+)\]:(?<offset>0x[0-9a-f]+)$/,
  },
  {
    // JavaScriptCore: `MODULE.wasm-function[INDEX or NAME]@[wasm code]`.
    writer: 'Safari',
    kind: 'wasm',
    pattern: /^(?:(?<module>\S*)\.)?wasm-function\[(?:(?<index>\d+)|(?<name>.+))\]@\[(?:wasm|native) code\]$/,
  },
  {
    // wasmtime (crates/wasmtime/src/runtime/trap.rs), and wasm3: `N: 0xOFFSET - MODULE!NAME`.
    writer: 'wasmtime',
    kind: 'wasm',
    pattern:
      /^\s*(?<number>\d+): +(?<offset>0x[0-9a-f]+) - (?<module>[^!]*)!(?:<wasm function (?<index>\d+)>|(?<name>.+))$/,
    sourceLine: /^ {6,}at (\S.*)$/,
  },
  {
    // Wasmer (lib/compiler/src/engine/trap/): `at NAME (MODULE[INDEX]:0xOFFSET)`.
    writer: 'Wasmer',
    kind: 'wasm',
    pattern: /^\s*at (?<name>.+) \((?<module>.*)\[(?<index>\d+)\]:(?<offset>0x[0-9a-f]+)\)$/,
  },
  {
    // WAMR (wasm_runtime_dump_call_stack): `#00: 0xOFFSET - NAME`; before 2023 `#00 NAME`; `$fINDEX` for a nameless one.
    writer: 'WAMR',
    kind: 'wasm',
    pattern: /^\s*#(?<number>\d{2,}): (?<offset>0x[0-9a-f]+) - (?:\$f(?<index>\d+)|(?<name>\S.*?)) *$/,
  },
  { writer: 'WAMR', kind: 'wasm', pattern: /^\s*#(?<number>\d{2,}):? \$f(?<index>\d+) *$/ },
  {
    writer: 'WAMR',
    kind: 'wasm',
    pattern: /^\s*#(?<number>\d{2,}):? (?<name>\S.*?) *$/,
    isDoubtful: true,
  },
  {
    // wazero (internal/wasmdebug): a tab, `MODULE.NAME(i32,i64) i32`; `$INDEX` for a nameless one.
    writer: 'wazero',
    kind: 'wasm',
    pattern:
      /^\s+(?<module>[^\s.(]*)\.\$(?<index>\d+)\((?:(?:[if](?:32|64)|v128|(?:extern|func)ref),?)*\)(?: \S.*)?$/,
    sourceLine: wazeroLine,
  },
  {
    writer: 'wazero',
    kind: 'wasm',
    pattern:
      /^\s+(?<module>[^\s.(]*)\.(?<name>\S.*)\((?:(?:[if](?:32|64)|v128|(?:extern|func)ref),?)*\)(?: [(ifv]\S*)?$/,
    isDoubtful: true,
    sourceLine: wazeroLine,
  },
  {
    // glibc's backtrace_symbols, which Faasm's crash handler prints.
    writer: 'glibc',
    kind: 'native',
    pattern: /^(?<place>\S+)\((?<name>[^()+]*)(?<offset>\+0x[0-9a-f]+)?\) ?\[0x[0-9a-f]+\]$/,
  },
];

/** What may stand between the frames of a stack; on its own it is no stack. */
const FILLER = /^\s*(<unknown function>|<\d+ redundant frames omitted>)$/;
/** The frame that a line is, or undefined for other text. */
export function readFrame(line: string): PrintedFrame | undefined {
  for (const { writer, pattern, kind, isDoubtful = false, sourceLine } of formats) {
    const found = pattern.exec(line)?.groups;
    if (found === undefined) continue;
    return {
      writer,
      number: numberOf(found['number']),
      name: plainName(found['name'] ?? '', kind),
      defined: numberOf(found['defined']),
      index: numberOf(found['index']),
      module: found['module'],
      offset: found['offset'],
      place: (found['place'] ?? '').replace(/^\((.*)\)$/, '$1'),
      kind,
      isDoubtful,
      sourceLine,
    };
  }
  return undefined;
}

/** What a line between frames stands for, or undefined. */
export function readFiller(line: string): string | undefined {
  return FILLER.exec(line)?.[1];
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

const NO_NAME = /^(?:<unnamed>|<unknown>|<\?>|\?|\?\?|wasm-function\[\d+\])$/;

function plainName(name: string, kind: PrintedFrame['kind']): string {
  const bare = kind === 'native' ? withoutArguments(name) : name;
  return NO_NAME.test(bare) ? '' : bare;
}

/** gdb's `run<int> (cb=0x55 <f (int)>, n=3)` -> `run<int>`: the parenthesis that closes at the end, and a space before it. */
function withoutArguments(name: string): string {
  if (!name.endsWith(')')) return name;
  let depth = 0;
  for (let at = name.length - 1; at > 0; at--) {
    if (name[at] === ')') depth += 1;
    else if (name[at] === '(') depth -= 1;
    if (depth === 0) return name[at - 1] === ' ' ? name.slice(0, at - 1) : name;
  }
  return name;
}
