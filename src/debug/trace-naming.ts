import { placeText } from '../util/source-place.ts';
import type { KnownModule } from '../wasm/known-module.ts';
import type { PrintedFrame } from './trace-formats.ts';

/** A frame under the best name there is. */
export interface NamedFrame {
  readonly number: number | undefined;
  readonly name: string;
  /** Who prints frames like this. */
  readonly writer: string;
  readonly kind: PrintedFrame['kind'];
  /** Index among all functions of the user's module; undefined for code of others. */
  readonly index: number | undefined;
  /** `functionDef12`, `functionImport3`; '' for code of others. */
  readonly symbol: string;
  readonly module: string | undefined;
  readonly offset: string | undefined;
  readonly place: string;
}

/** Whose hexadecimal offsets are bytes of the module's file (of WAVM's form, the embedded engine's are). */
const bytesOfModule: ReadonlySet<string> = new Set(['V8', 'Firefox', 'wasmtime', 'Wasmer', 'WAVM']);

/** Says which function of one module a printed frame means. */
export class TraceNaming {
  readonly #module: KnownModule;
  /** Index by name, -1 where several functions have it. */
  readonly #byName = new Map<string, number>();

  constructor(module: KnownModule) {
    this.#module = module;
    const { names, rawNames } = module;
    names.forEach((name, index) => {
      for (const known of new Set([name, rawNames[index] ?? ''])) {
        if (known !== '') this.#byName.set(known, this.#byName.has(known) ? -1 : index);
      }
    });
  }

  /** The frame under its source name; undefined for text that only looks like a frame. */
  named(frame: PrintedFrame): NamedFrame | undefined {
    const index = frame.kind === 'wasm' && this.#isOurs(frame.module) ? this.#indexOf(frame) : undefined;
    if (index === undefined && frame.isDoubtful) return undefined;
    const { number, writer, kind, module, offset, place } = frame;
    const rest = { number, writer, kind, module, offset, place } as const;
    if (index === undefined) return { ...rest, index, name: otherName(frame), symbol: '' };
    const symbol = this.#symbol(index);
    const named = { ...rest, index, name: this.#module.names[index] || symbol, symbol };
    return place === '' ? { ...named, place: this.#placeOf(index, frame) } : named;
  }

  /** The line that runs where the frame says which byte of the module that is, else where the function is declared. */
  #placeOf(index: number, { offset, writer }: PrintedFrame): string {
    const { lineAt, declaration } = this.#module;
    const byte = /^\+?(0x[0-9a-f]+)$/.exec(offset ?? '')?.[1];
    const isByteOfModule = byte !== undefined && bytesOfModule.has(writer);
    const place = (isByteOfModule ? lineAt?.(Number(byte)) : undefined) ?? declaration?.(index);
    return place === undefined ? '' : placeText(place);
  }

  /** Another USER/FUNC, the host's own modules and shared libraries are not the user's module; any other label may be. */
  #isOurs(label: string | undefined): boolean {
    const { user, func } = this.#module;
    if (label === undefined || label === `${user}/${func}`) return true;
    return !/^[^/]+\/[^/.]+$|^env$|^wasi\w*$|\.so(?:\.\d+)*$/.test(label);
  }

  #indexOf({ name, defined, index }: PrintedFrame): number | undefined {
    const { importCount, definedCount, names, rawNames } = this.#module;
    if (defined !== undefined) return defined < definedCount ? importCount + defined : undefined;
    const symbol = /^function(Def|Import)(0|[1-9]\d{0,9})$/.exec(name);
    if (index === undefined && symbol !== null && !this.#byName.has(name)) {
      const n = Number(symbol[2]);
      const isThere = n < (symbol[1] === 'Def' ? definedCount : importCount);
      return isThere ? (symbol[1] === 'Def' ? importCount + n : n) : undefined;
    }
    if (index !== undefined) {
      if (index >= importCount + definedCount) return undefined;
      const [ours = '', raw = ''] = [names[index], rawNames[index]];
      // A runtime that knows another name for the same number runs another module.
      const isSame = name === '' || [ours, raw].some((own) => own === name || name.endsWith(`.${own}`));
      return isSame ? index : undefined;
    }
    const found = this.#byName.get(name);
    return found === undefined || found < 0 ? undefined : found;
  }

  #symbol(index: number): string {
    const { importCount } = this.#module;
    return index < importCount ? `functionImport${index}` : `functionDef${index - importCount}`;
  }
}

function otherName({ name, defined, index, offset }: PrintedFrame): string {
  if (name !== '') return name;
  if (defined !== undefined) return `functionDef${defined}`;
  if (index !== undefined) return `wasm-function[${index}]`;
  return offset === undefined ? '<unknown>' : `<unknown>${offset}`;
}
