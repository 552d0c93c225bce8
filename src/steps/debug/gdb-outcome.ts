import { definedNames } from '../../debug/function-choice.ts';
import type { GdbEvent, GdbFrame, GdbStop } from '../../debug/gdb-report.ts';
import { type StackLine, stackText } from '../../debug/stack-text.ts';
import { TaskError } from '../../util/errors.ts';
import { harmlessText } from '../../util/terminal-text.ts';
import type { KnownModule } from '../../wasm/known-module.ts';

interface Asked {
  readonly module: KnownModule;
  /** Functions to stop in, as N of functionDefN. */
  readonly breakpoints: readonly number[];
  readonly timedOut: boolean;
}

/** What a run under gdb, or a core file, came to: for people, for programs, and whether it failed. */
export class GdbOutcome {
  readonly #events: readonly GdbEvent[];
  readonly #asked: Asked;
  readonly #names: readonly string[];

  constructor(events: readonly GdbEvent[], asked: Asked) {
    this.#events = events;
    this.#asked = asked;
    this.#names = definedNames(asked.module);
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
      return new TaskError(`${name} still ran when the time was up`, {
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
    return this.#asked.timedOut || this.#events.some((event) => event.event === 'timeout');
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
    return this.#asked.breakpoints.filter((n) => !hit.has(n));
  }

  get #whyNever(): string {
    const loaded = this.#events.find((event) => event.event === 'loaded');
    if (loaded === undefined) return 'it ended before that';
    if (loaded.objects > 0) return 'it was compiled, and nothing called it';
    const { definedCount } = this.#asked.module;
    if (loaded.others > 0) return `the program compiled other modules, none with ${definedCount} functions`;
    return 'the program described no code that it compiled to gdb';
  }

  get #hintsOnNever(): string[] {
    const loaded = this.#events.find((event) => event.event === 'loaded');
    if (loaded === undefined || loaded.objects > 0) return ['--data may decide which functions are called'];
    const { user, func } = this.#asked.module;
    return [`Is this the module it runs? tasks disas.symbols ${user} ${func}`];
  }

  #heading(stop: GdbStop): string {
    const { thread } = stop;
    const name = thread === undefined || thread.name === '' ? '' : ` (${harmlessText(thread.name)})`;
    const where = thread === undefined ? '' : `, thread ${thread.number}${name} of ${thread.of}`;
    if (stop.event === 'core') return `The stack in the core file${where}:`;
    if (stop.event === 'timeout') return `Where it was when the time was up${where}:`;
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
