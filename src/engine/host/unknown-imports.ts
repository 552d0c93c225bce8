import { TaskError } from '../../util/errors.ts';
import { GuestFault } from '../guest-memory.ts';

/** Who would provide imports that look like this, and how to get a module that needs them not. */
const PROVIDERS: readonly { readonly pattern: RegExp; readonly who: string; readonly what: string }[] = [
  {
    pattern: /^(go|gojs)\./,
    who: "Go's wasm_exec.js, in a browser or Node",
    what: 'Build it for WASI: GOOS=wasip1 GOARCH=wasm go build -o my.wasm (TinyGo: tinygo build -target=wasip1 -o my.wasm)',
  },
  {
    pattern: /^(wbg|__wbindgen_[a-z_]+|\.\/[^ ]*_bg\.js)\.|\.__wbindgen|\.__wbg_/,
    who: 'the JavaScript that wasm-bindgen writes',
    what: 'Build the same crate as a program for WASI: cargo build --release --target wasm32-wasip1',
  },
  {
    pattern: /^wasi[._].*thread-spawn|\.memory \(a memory\)$/,
    who: 'a host with threads and shared memory',
    what: 'The embedded engine runs one thread: build without threads (for C: without -pthread, target wasm32-wasi)',
  },
  {
    pattern: /^wasi:|^wasi_snapshot_preview2\./,
    who: 'a host of WASI 0.2 (components)',
    what: 'Build it for WASI preview 1: Rust wasm32-wasip1, TinyGo -target=wasip1, clang --target=wasm32-wasip1',
  },
  {
    pattern: /^wasix_/,
    who: "Wasmer's WASIX",
    what: 'Build it for WASI preview 1, or profile Wasmer itself: tasks flame --cmd "wasmer run my.wasm" --wasm my.wasm',
  },
  {
    pattern: /^(wasi_snapshot_preview1|wasi_unstable)\./,
    who: 'a host with extensions of WASI (sockets of WasmEdge or WASIX)',
    what: 'Profile that host itself: tasks flame --cmd "wasmedge my.wasm" --wasm my.wasm',
  },
  {
    pattern: /^GOT\.|^env\.(__memory_base|__table_base|__stack_pointer|__indirect_function_table)\b/,
    who: 'the program that loads it: it is a shared library (a side module)',
    what: 'Link it as a program of its own (for Emscripten: without -sSIDE_MODULE, for clang: without -shared)',
  },
  {
    pattern:
      /^[a-z]\.[A-Za-z$_]{1,2}( \(|$)|^env\.(invoke_|emscripten_|_?_emscripten|_embind|_emval|__cxa_|__syscall|_?_?asm_const|_mmap_js|_munmap_js|_tzset_js|_localtime_js|_abort_js|exit$)/,
    who: "Emscripten's JavaScript",
    what: 'Link it to run alone: emcc -O2 -g2 -sSTANDALONE_WASM -o my.wasm my.c',
  },
];

const MOST_LISTED = 8;

/**
 * Stands in for functions of an unknown host that a program of WASI imports besides: many (Ruby's bridge to JavaScript, say) are
 * never called. One that is called fails, by name. @throws TaskError where they are no extra but what the module is made for
 */
export function stubsFor(
  name: string,
  wanted: readonly WebAssembly.ModuleImportDescriptor[],
  linked: WebAssembly.Imports,
  missing: readonly string[],
): WebAssembly.Imports {
  const isWasi = Object.keys(linked).some((module) => module.startsWith('wasi_'));
  const isMadeForOther = missing.some((one) => PROVIDERS.some(({ pattern }) => pattern.test(one)));
  if (!isWasi || isMadeForOther || missing.some((one) => / \(a \w+\)$/.test(one))) {
    throw unknownImports(name, missing);
  }
  const stubs: WebAssembly.Imports = {};
  for (const { module, name: field, kind } of wanted) {
    if (kind !== 'function' || linked[module]?.[field] !== undefined) continue;
    const fields = stubs[module] ?? {};
    fields[field] = (): never => {
      throw new GuestFault(`called ${module}.${field}, which the embedded engine does not have`);
    };
    stubs[module] = fields;
  }
  return stubs;
}

/** A file that needs what the embedded engine does not have: what, of whom, and what to do. */
function unknownImports(name: string, missing: readonly string[]): TaskError {
  const found = PROVIDERS.filter(({ pattern }) => missing.some((one) => pattern.test(one)));
  const more = missing.length > MOST_LISTED ? ` and ${missing.length - MOST_LISTED} more` : '';
  const listed = `${missing.slice(0, MOST_LISTED).join(', ')}${more}`;
  const who = found.map((one) => one.who);
  const from = who.length === 0 ? 'a host of its own' : who.join(', ');
  const what = missing.length === 1 ? 'an import' : `${missing.length} imports`;
  return new TaskError(`${name} needs ${what} that the embedded engine does not have: ${listed}`, {
    hints: [
      `They are provided by ${from}`,
      ...found.map((one) => one.what),
      ...(found.length === 0
        ? ['Profile the program that runs it: tasks flame --cmd "that_program my.wasm" --wasm my.wasm']
        : []),
    ],
  });
}
