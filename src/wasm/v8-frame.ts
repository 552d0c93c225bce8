/** What V8's name of a compiled wasm function says. */
export interface V8WasmFrame {
  /** The name section's name, or the one our embedded engine put there; undefined for a nameless function. */
  readonly name: string | undefined;
  /** Index in the module's function index space (imports first). */
  readonly index: number;
  /** Compiler tier (`liftoff`, `turbofan`); undefined where V8 did not say. */
  readonly tier: string | undefined;
}

/** A function of a module that the embedded engine compiled: it tags every name with the module and index. */
export interface TaggedFrame {
  readonly user: string;
  readonly func: string;
  readonly index: number;
  /** The function's own name as far as the engine kept it; may be empty. */
  readonly short: string;
}

// `JS:fib-1-turbofan` (perf), `Function:fib-1-liftoff` (before V8 9.x), `JS:*…` (optimised).
const DECORATED = /^(?:JS|Function|LazyCompile):[*~^+]?(.*)-(\d+)-(none|interpreter|liftoff|turbofan)$/s;
const NAMELESS = /^wasm-function\[(\d+)\]$/;
const BARE_NAMELESS = /^(?:(?:JS|Function|LazyCompile):)?[*~^+]?wasm-function\[(\d+)\]$/;
const TAG = /(?:^|[:*~^+])wasm:([^/[\]\s]*)\/([^/[\]\s]+)\[(\d+)\]:(.*)$/s;
const TIER_SUFFIX = /-(?:\d+|<anonymous>)-(?:none|interpreter|liftoff|turbofan)$/;

/**
 * The wasm function behind a name that V8 gave to code, or undefined for its other code. V8 writes
 * `JS:NAME-INDEX-TIER`, with `wasm-function[INDEX]` as NAME where the name section has none (V8 11 to 13:
 * CodeEventLogger::CodeCreateEvent, WasmCode::DebugName).
 */
export function parseV8Frame(symbol: string): V8WasmFrame | undefined {
  const match = DECORATED.exec(symbol);
  if (match === null) {
    const bare = BARE_NAMELESS.exec(symbol);
    return bare === null ? undefined : { name: undefined, index: Number(bare[1]), tier: undefined };
  }
  const name = match[1] ?? '';
  const index = Number(match[2]);
  const isNameless = NAMELESS.exec(name)?.[1] === match[2];
  return { name: isNameless ? undefined : name, index, tier: match[3] };
}

/**
 * The tag `wasm:USER/FUNC[INDEX]:SHORT` that our embedded engine gives every function, inside V8's decoration; undefined
 * when there is none. USER and FUNC are percent-encoded; a file has no USER.
 */
export function parseTaggedFrame(symbol: string): TaggedFrame | undefined {
  if (!symbol.includes('wasm:')) return undefined;
  const match = TAG.exec(symbol);
  if (match === null) return undefined;
  const [, user = '', func = '', index = '', rest = ''] = match;
  try {
    return {
      user: decodeURIComponent(user),
      func: decodeURIComponent(func),
      index: Number(index),
      short: rest.replace(TIER_SUFFIX, ''),
    };
  } catch {
    return undefined;
  }
}

// `JS:*measure file:///pkg/dist/runner.js:8:34`, `JS:~ node:internal/modules/run_main:105:30` (anonymous), `Script:~ …`.
const SCRIPT_CODE = /^(?:JS|Script|Eval|Function|LazyCompile):[*~^+]?(\S*) (\S.*):(\d+):(\d+)$/s;

/**
 * V8's name for JavaScript code without what tells one function's frames apart: the compiler tier, the folder, the
 * column. `JS:*measure file:///pkg/dist/runner.js:8:34` is `measure runner.js:8`; other names are returned as they are.
 */
export function plainScriptName(symbol: string): string {
  const match = SCRIPT_CODE.exec(symbol);
  if (match === null) return symbol;
  const [, name = '', script = '', line = ''] = match;
  const file =
    script.startsWith('file:') || script.startsWith('/') ? script.slice(script.lastIndexOf('/') + 1) : script;
  return `${name === '' ? '(anonymous)' : name} ${file}:${line}`;
}
