import { at } from '../util/indexed.ts';
import { isDefined, type KnownModule } from './known-module.ts';

/**
 * How runtimes name compiled functions in jitdumps and perf maps, and what their numbers count. WAVM and V8 have more to
 * tell and files of their own.
 */
interface NamingScheme {
  readonly runtime: string;
  readonly pattern: RegExp;
  /** The function's index (imports first) in this module, or undefined when the name is not of it. */
  readonly index: (match: RegExpExecArray, module: KnownModule) => number | undefined;
}

const schemes: readonly NamingScheme[] = [
  {
    // core/iwasm/aot/aot_perf_map.c: `aot_func#N`, `[MODULE]#aot_func#N`. N counts defined functions (its own script added
    // the imports only from March 2024 on). A number that is none of these is taken for an index of all functions.
    runtime: 'WAMR',
    pattern: /^(?:\[[^\]]*\]#)?aot_func#(\d+)$/,
    index: ([, digits], module) => {
      const n = Number(digits);
      return n < module.definedCount ? module.importCount + n : n;
    },
  },
  {
    // crates/wasmtime/src/compile.rs: `wasm[MODULE]::function[N]::NAME`, N counts all functions, NAME is shortened and
    // cleaned. Older releases give no name, and N counts defined ones.
    runtime: 'Wasmtime',
    pattern: /^wasm\[\d+\]::function\[(\d+)\](?:::(.*))?$/s,
    index: ([, digits, name], module) => {
      const n = Number(digits);
      if (name !== undefined) return isSameName(name, module.rawNames[n] ?? '') ? n : undefined;
      const isNameless = isDefined(module, n) && at(module.rawNames, n) === '';
      return isNameless ? n : module.importCount + n;
    },
  },
  {
    // internal/engine/wazevo: `[N/LAST]NAME`, in perf maps with `:::::LABEL` for each block. Both count defined functions.
    runtime: 'wazero',
    pattern: /^\[(\d+)\/(\d+)\].*$/s,
    index: ([, n, last], module) =>
      Number(last) === module.definedCount - 1 ? module.importCount + Number(n) : undefined,
  },
];

/**
 * The function behind the name that a runtime gave to its code, as an index of the module (imports first); undefined when
 * the name follows no known scheme or cannot be of this module.
 */
export function runtimeFunction(symbol: string, module: KnownModule): number | undefined {
  for (const { pattern, index } of schemes) {
    const match = pattern.exec(symbol);
    if (match === null) continue;
    const found = index(match, module);
    return found !== undefined && isDefined(module, found) ? found : undefined;
  }
  return undefined;
}

/** Whether a name is one of those that runtimes number functions by. */
export function isRuntimeName(symbol: string): boolean {
  return schemes.some(({ pattern }) => pattern.test(symbol));
}

/** Wasmer lists functions under their names as the module spells them; undefined unless exactly one has this name. */
export function functionNamed(symbol: string, module: KnownModule): number | undefined {
  const first = module.rawNames.findIndex(
    (name, index) => isListedAs(name, symbol) && isDefined(module, index),
  );
  if (first < 0) return undefined;
  const isOnly = module.rawNames.every((name, index) => index <= first || !isListedAs(name, symbol));
  return isOnly ? first : undefined;
}

function isListedAs(name: string, symbol: string): boolean {
  return name !== '' && name.replaceAll(/[\n\r]/g, '_') === symbol;
}

/** Whether a cleaned name may have been made of a raw one. */
function isSameName(cleaned: string, raw: string): boolean {
  const end = letters(cleaned.replace(/(?:\.\.\.|\[\.\.\.\])$/, ''));
  return letters(raw).startsWith(end) && (end !== '' || raw !== '');
}

function letters(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, '');
}
