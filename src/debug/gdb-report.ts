import { z } from 'zod';
import { TaskError } from '../util/errors.ts';
import { harmlessText } from '../util/terminal-text.ts';
import type { KnownModule } from '../wasm/known-module.ts';
import { definedNames } from './function-choice.ts';
import { type StackLine, stackText } from './stack-text.ts';

// What gdb/source_names.py writes with `wasm report` and `wasm core`: one JSON line an event.

const frame = z.object({
  /** Of the code, as gdb writes it: `0x7f…`. */
  address: z.string(),
  /** gdb's own name; null where it knows none. */
  symbol: z.string().nullable(),
  locals: z.record(z.string(), z.string()),
  /** The user's function that this code belongs to. */
  wasm: z.object({ n: z.number().int(), name: z.string() }).optional(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  /** The shared library; absent for the program itself and for JIT code. */
  library: z.string().optional(),
});

/** The thread that stopped, by gdb's number; absent where there is only one. */
const thread = z.object({ number: z.number().int(), name: z.string(), of: z.number().int() }).optional();

const event = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('breakpoint'),
    n: z.number().int().nullable(),
    thread,
    frames: z.array(frame),
  }),
  z.object({ event: z.literal('signal'), signal: z.string(), thread, frames: z.array(frame) }),
  /** Where it was when it timed out. */
  z.object({ event: z.literal('timeout'), thread, frames: z.array(frame) }),
  z.object({ event: z.literal('core'), thread, frames: z.array(frame) }),
  z.object({ event: z.literal('exited'), code: z.number().int().nullable() }),
  z.object({
    event: z.literal('loaded'),
    /** Loads of the user's module. */
    objects: z.number().int(),
    /** JIT objects with functionDefs that are not the user's module. */
    others: z.number().int(),
  }),
]);

type GdbFrame = z.infer<typeof frame>;
type GdbEvent = z.infer<typeof event>;
type GdbStop = Extract<GdbEvent, { frames: readonly GdbFrame[] }>;

/** What happened under gdb, from the event file's text; a last line that was cut off by a kill is left out. */
export function readGdbReport(text: string): GdbEvent[] {
  const lines = text.split('\n');
  const whole = lines.slice(0, -1);
  return whole.filter((line) => line !== '').map((line) => event.parse(JSON.parse(line)));
}

interface GdbRequest {
  readonly module: KnownModule;
  /** Functions to stop in, as N of functionDefN. */
  readonly breakpoints: readonly number[];
  readonly timedOut: boolean;
}

/** What a run under gdb, or a core file, came to: for people, for programs, and whether it failed. */
export class GdbOutcome {
  readonly #events: readonly GdbEvent[];
  readonly #request: GdbRequest;
  readonly #names: readonly string[];

  constructor(events: readonly GdbEvent[], request: GdbRequest) {
    this.#events = events;
    this.#request = request;
    this.#names = definedNames(request.module);
  }

  /** gdb ended before it came to anything. */
  get isEmpty(): boolean {
    return this.#events.length === 0 && !this.#isLate;
  }

  get hasStops(): boolean {
    return this.#stops.length > 0;
  }

  get data(): Record<string, unknown> {
    return {
      stops: this.#stops,
      exitCode: this.#exitCode,
      timedOut: this.#isLate,
      missed: this.#missed.map((n) => this.#function(n)),
    };
  }

  /** Every stop with its stack and the variables of its frames. */
  text(gap: string): string {
    const parts = this.#stops.map((stop) => {
      const stack = stackText(stop.frames.map((frame) => this.#line(frame)));
      return [this.#heading(stop), ...stack, ...localLines(stop)].join('\n');
    });
    const exitCode = this.#exitCode;
    if (exitCode !== undefined) parts.push(`It ended with exit code ${exitCode}.`);
    return `${gap}${parts.join('\n\n')}`;
  }

  get warnings(): readonly { message: string; hints: readonly string[] }[] {
    const isNameless = (frame: GdbFrame): boolean => frame.symbol === null && frame.library === undefined;
    const nameless = this.#stops.flatMap((stop) => stop.frames).filter(isNameless).length;
    if (nameless === 0) return [];
    return [
      {
        message: `${nameless} frames of the program itself have no name: it was built without symbols`,
        hints: ['tasks dev.cmake --build=RelWithDebInfo && tasks dev.cc func_runner'],
      },
    ];
  }

  /** A breakpoint that was never reached, a crash, the time limit, the program's own exit code. */
  failure(name: string): TaskError | undefined {
    const missed = this.#missed;
    if (this.#isLate)
      return new TaskError(`${name} timed out`, {
        exitCode: 124,
        hints: ['--timeout=SECONDS gives it longer'],
      });
    if (missed.length > 0) {
      const which = missed.map((n) => this.#function(n)).join(', ');
      return new TaskError(`Never stopped in ${which}: ${this.#whyNever}`, { hints: this.#hintsOnNever });
    }
    const signal = this.#events.find((event) => event.event === 'signal');
    const exitCode = this.#exitCode;
    if (exitCode !== undefined && exitCode !== 0)
      return new TaskError(`${name} ended with exit code ${exitCode}`, { exitCode });
    if (exitCode === undefined && signal !== undefined)
      return new TaskError(`${name} was ended by ${signal.signal}; its stack is above`);
    return undefined;
  }

  get #isLate(): boolean {
    return this.#request.timedOut || this.#events.some((event) => event.event === 'timeout');
  }

  get #stops(): GdbStop[] {
    return this.#events.filter((event): event is GdbStop => 'frames' in event);
  }

  get #exitCode(): number | undefined {
    return this.#events.find((event) => event.event === 'exited')?.code ?? undefined;
  }

  get #missed(): number[] {
    if (this.#events.some((event) => event.event === 'core')) return [];
    const hit = new Set(this.#events.flatMap((event) => (event.event === 'breakpoint' ? [event.n] : [])));
    return this.#request.breakpoints.filter((n) => !hit.has(n));
  }

  get #whyNever(): string {
    const loaded = this.#events.find((event) => event.event === 'loaded');
    if (loaded === undefined) return 'it ended before that';
    if (loaded.objects > 0) return 'it was compiled, and nothing called it';
    const { definedCount } = this.#request.module;
    if (loaded.others > 0) return `the program compiled other modules, none with ${definedCount} functions`;
    return 'the program described no code that it compiled to gdb';
  }

  get #hintsOnNever(): string[] {
    const loaded = this.#events.find((event) => event.event === 'loaded');
    if (loaded === undefined || loaded.objects > 0) return ['--data may decide which functions are called'];
    const { user, func } = this.#request.module;
    return [`Is this the module it runs? tasks disas.symbols ${user} ${func}`];
  }

  #heading(stop: GdbStop): string {
    const { thread } = stop;
    const name = thread === undefined || thread.name === '' ? '' : ` (${harmlessText(thread.name)})`;
    const where = thread === undefined ? '' : `, thread ${thread.number}${name} of ${thread.of}`;
    if (stop.event === 'core') return `The stack in the core file${where}:`;
    if (stop.event === 'timeout') return `Where it was when it timed out${where}:`;
    if (stop.event === 'signal') return `Stopped by ${stop.signal}${where}:`;
    if (stop.n === null) return `Stopped${where}:`;
    return `Stopped in ${harmlessText(this.#function(stop.n))}${where}:`;
  }

  #function(n: number): string {
    const name = this.#names[n] ?? '';
    return name === '' ? `functionDef${n}` : `${name} (functionDef${n})`;
  }

  #line(frame: GdbFrame): StackLine {
    const file = frame.file === undefined ? undefined : frame.file.split('/').at(-1);
    const place =
      file === undefined ? (frame.library?.split('/').at(-1) ?? '') : `${file}:${frame.line ?? 0}`;
    if (frame.wasm !== undefined)
      return { name: frame.wasm.name, symbol: `functionDef${frame.wasm.n}`, place };
    return { name: frame.symbol ?? frame.address, symbol: '', place };
  }
}

const MOST_LOCALS = 12;

/** The variables of the innermost frame that has any. */
function localLines(stop: GdbStop): string[] {
  const at = stop.frames.findIndex((frame) => Object.keys(frame.locals).length > 0);
  const frame = stop.frames[at];
  if (frame === undefined) return [];
  const entries = Object.entries(frame.locals).slice(0, MOST_LOCALS);
  return ['', `  In #${at}:`, ...entries.map(([name, value]) => `    ${name} = ${harmlessText(value)}`)];
}
