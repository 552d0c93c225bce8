import { at } from '../util/indexed.ts';
import { placeText } from '../util/source-place.ts';
import type { KnownModule } from '../wasm/known-module.ts';
import { stackText } from './stack-text.ts';
import { type PrintedFrame, readFiller, readFrame } from './trace-formats.ts';

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

interface TraceOptions {
  readonly naming: TraceNaming;
  /** Puts names into a piece of other text that may hold symbols. */
  readonly replace: (text: Buffer) => Uint8Array;
  /** Is told each stack with a function of WebAssembly in it, innermost frame first. */
  readonly onStack: (frames: readonly NamedFrame[]) => void;
}

/** No frame is longer; a line that goes on is passed through in pieces. */
const LONGEST_LINE = 1 << 16;
/** A deeper stack is shown in pieces, numbered on. */
const MOST_FRAMES = 100_000;
const LINE_FEED = 0x0a;
/** Every frame has one of these; most lines of a log can be left alone without a closer look. */
const MAY_BE_FRAME = /!|#\d|wasm|functionDef|^[\t ]|\[0x|<\d+ redundant|<unknown f|\bat |@/;
/** What `docker compose logs` puts before each line. */
const SERVICE = /^[\w.-]+ +\| /;

/**
 * Text with its stacks named, aligned and folded. Lines that are no part of a stack with WebAssembly in it stay as they
 * are, byte for byte, but for whole `functionDefN`. Works on as little as a line: what is known so far is handed on.
 */
export async function* namedTraces(chunks: Chunks, options: TraceOptions): AsyncGenerator<Uint8Array> {
  const reader = new TraceReader(options);
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const data = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    let start = 0;
    for (let end = data.indexOf(LINE_FEED); end >= 0; end = data.indexOf(LINE_FEED, start)) {
      reader.line(data.subarray(start, end + 1));
      start = end + 1;
    }
    pending = data.subarray(start);
    if (pending.length > LONGEST_LINE) {
      reader.part(pending);
      pending = Buffer.alloc(0);
    }
    const done = reader.take();
    if (done.length > 0) yield done;
  }
  if (pending.length > 0) reader.line(pending);
  reader.endStack();
  const done = reader.take();
  if (done.length > 0) yield done;
}

class TraceReader {
  readonly #options: TraceOptions;
  #done: Uint8Array[] = [];
  /** The stack that is being read: its frames, and its lines as they came. */
  #frames: NamedFrame[] = [];
  #lines: Buffer[] = [];
  #service = '';
  /** How the writer of the last frame gives its source line. */
  #sourceLine: RegExp | undefined;
  /** Number of the stack's innermost frame. */
  #first = 0;
  #isInLongLine = false;

  constructor(options: TraceOptions) {
    this.#options = options;
  }

  /** What was read since the last time. */
  take(): Uint8Array {
    const done = this.#done.length === 1 ? this.#done[0] : Buffer.concat(this.#done);
    this.#done = [];
    return done ?? Buffer.alloc(0);
  }

  /** A piece of a line that is too long to be a frame. */
  part(bytes: Buffer): void {
    this.endStack();
    this.#done.push(bytes);
    this.#isInLongLine = true;
  }

  /** One line with its line end. */
  line(bytes: Buffer): void {
    if (this.#isInLongLine) {
      this.#isInLongLine = false;
      this.#done.push(bytes);
    } else if (!this.#isOfStack(bytes)) {
      this.endStack();
      this.#done.push(bytes.includes('function') ? this.#options.replace(bytes) : bytes);
    }
  }

  #isOfStack(bytes: Buffer): boolean {
    if (bytes.length > LONGEST_LINE || !MAY_BE_FRAME.test(bytes.toString('latin1'))) return false;
    const whole = bytes.toString('utf8').replace(/\r?\n$/, '');
    const service = SERVICE.exec(whole)?.[0] ?? '';
    const text = whole.slice(service.length);
    if (service === this.#service && this.#goesOn(bytes, text)) return true;
    const printed = readFrame(text);
    const frame = printed === undefined ? undefined : this.#options.naming.named(printed);
    if (printed === undefined || frame === undefined) return false;
    const next = this.#first + this.#frames.length;
    if (service !== this.#service || (frame.number ?? next) !== next) this.endStack();
    if (this.#frames.length === 0) {
      this.#first = frame.number ?? this.#first;
      this.#service = service;
    }
    this.#sourceLine = printed.sourceLine;
    this.#add(bytes, frame);
    return true;
  }

  /** Hands the stack on that is complete now. */
  endStack(): void {
    const [frames, lines] = [this.#frames, this.#lines];
    const first = this.#first;
    this.#frames = [];
    this.#lines = [];
    this.#first = 0;
    if (frames.length === 0) return;
    if (!frames.some((frame) => frame.kind === 'wasm')) {
      this.#done.push(...lines);
      return;
    }
    this.#options.onStack(frames);
    const named = stackText(frames.map(stackLine), first);
    this.#done.push(Buffer.from(named.map((line) => `${this.#service}${line}\n`).join('')));
  }

  #goesOn(bytes: Buffer, text: string): boolean {
    const last = this.#frames.at(-1);
    if (last === undefined) return false;
    const place = this.#sourceLine?.exec(text)?.[1];
    if (place !== undefined) {
      this.#frames[this.#frames.length - 1] = { ...last, place };
      this.#lines.push(bytes);
      return true;
    }
    const filler = readFiller(text);
    if (filler === undefined) return false;
    this.#add(bytes, { ...NOTHING, name: filler });
    return true;
  }

  #add(bytes: Buffer, frame: NamedFrame): void {
    this.#frames.push(frame);
    this.#lines.push(bytes);
    if (this.#frames.length < MOST_FRAMES) return;
    const next = this.#first + this.#frames.length;
    this.endStack();
    this.#first = next;
  }
}

const NOTHING = {
  number: undefined,
  writer: '',
  kind: 'native',
  index: undefined,
  symbol: '',
  module: undefined,
  offset: undefined,
  place: '',
} as const satisfies Omit<NamedFrame, 'name'>;

function stackLine({ name, symbol, offset, place, kind }: NamedFrame) {
  const isDisplayed = symbol !== '' && offset !== undefined;
  const library =
    kind === 'native' && /^\/[^:\s]*$/.test(place) ? place.slice(place.lastIndexOf('/') + 1) : place;
  return { name, symbol, place: library, ...(isDisplayed ? { offset } : {}) };
}

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
      for (const known of new Set([name, at(rawNames, index)])) {
        if (known !== '') this.#byName.set(known, this.#byName.has(known) ? -1 : index);
      }
    });
  }

  /** The frame under its source name; undefined for text that only looks like a frame. */
  named(frame: PrintedFrame): NamedFrame | undefined {
    const index = frame.kind === 'wasm' && this.#isOurs(frame.module) ? this.#indexOf(frame) : undefined;
    if (index === undefined && frame.isDoubtful) return undefined;
    const { number, writer, kind, module, offset, place } = frame;
    const common = { number, writer, kind, module, offset, place } as const;
    if (index === undefined) return { ...common, index, name: otherName(frame), symbol: '' };
    const symbol = this.#symbol(index);
    const named = { ...common, index, name: this.#module.names[index] || symbol, symbol };
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
      const [ours, raw] = [at(names, index), at(rawNames, index)];
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
