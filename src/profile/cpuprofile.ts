import { messageOf, TaskError } from '../util/errors.ts';
import type { CpuProfile } from './cpuprofile-schema.ts';
import type { RawFrame, SampleSource, SampleVisitor } from './samples.ts';

interface CpuProfileOptions {
  /** What the process is called in the graph. */
  readonly comm?: string;
  readonly pid?: number;
  /** What the profiles are called in messages. */
  readonly name?: string;
}

/**
 * The samples of one process's `.cpuprofile` texts, one a thread; periods are nanoseconds. Reading it throws a
 * TaskError when a text is not JSON, not a profile, or contradicts itself.
 */
export function cpuProfileSource(texts: readonly string[], options: CpuProfileOptions = {}): SampleSource {
  const { comm = 'node', pid = 1, name = 'the CPU profile' } = options;
  return {
    read: async (visitor) => {
      // Validation is heavy to load, and most profiles are perf's.
      const { profileSchema } = await import('./cpuprofile-schema.ts');
      const known = new Map<string, number>();
      const delivered = texts.map((text, i) => {
        visitor.thread({ comm: bytes(comm), pid, tid: pid + i });
        return deliver(parseProfile(text, name, profileSchema), i, known, visitor);
      });
      const sum = (key: 'samples' | 'skippedLines') => delivered.reduce((total, one) => total + one[key], 0);
      const samples = sum('samples');
      const events = new Map([['v8', samples]]);
      return { samples, event: 'v8', events, filteredSamples: 0, skippedLines: sum('skippedLines') };
    },
  };
}

function parseProfile(
  json: string,
  name: string,
  profileSchema: typeof import('./cpuprofile-schema.ts').profileSchema,
): CpuProfile {
  const fail = (reason: string, cause?: unknown): never => {
    throw new TaskError(`Could not read ${name}: ${reason}`, {
      hints: ['Record it again: a profile is only complete when the program ended by itself.'],
      cause,
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return fail(`it is not whole JSON (${messageOf(error)})`, error);
  }
  const parsed = profileSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return fail(`it is not a V8 CPU profile (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`);
  }
  if (parsed.data.samples.length !== parsed.data.timeDeltas.length) {
    return fail('it has another number of samples than of times');
  }
  return parsed.data;
}

function deliver(
  profile: CpuProfile,
  thread: number,
  known: Map<string, number>,
  visitor: SampleVisitor,
): { readonly samples: number; readonly skippedLines: number } {
  const chains = new Callchains(profile, known, visitor);
  let samples = 0;
  let skippedLines = 0;
  let elapsed = 0;
  profile.samples.forEach((node, i) => {
    elapsed += profile.timeDeltas[i] ?? 0;
    const lasted = profile.timeDeltas[i + 1] ?? profile.endTime - profile.startTime - elapsed;
    if (!chains.has(node)) {
      skippedLines += 1;
      return;
    }
    if (chains.isIdle(node)) return;
    const depth = chains.follow(node);
    visitor.sample(thread, Math.max(0, Math.round(lasted * 1000)), chains.frames, depth);
    samples += 1;
  });
  return { samples, skippedLines };
}

const notAFrame = -1;

class Callchains {
  frames = new Uint32Array(256);
  readonly #parentOf = new Map<number, number>();
  readonly #frameOf = new Map<number, number>();
  readonly #idle = new Set<number>();

  /** `known`: the frames announced so far. */
  constructor(profile: CpuProfile, known: Map<string, number>, visitor: SampleVisitor) {
    for (const { id, callFrame, children } of profile.nodes) {
      for (const child of children ?? []) this.#parentOf.set(child, id);
      if (callFrame.functionName === '(idle)') this.#idle.add(id);
      const frame = rawFrame(callFrame.functionName, callFrame.url);
      if (frame === undefined) {
        this.#frameOf.set(id, notAFrame);
        continue;
      }
      const key = `${frame.symbol}\n${frame.dso}`;
      let index = known.get(key);
      if (index === undefined) {
        index = known.size;
        known.set(key, index);
        visitor.frame(frame);
      }
      this.#frameOf.set(id, index);
    }
  }

  has(node: number): boolean {
    return this.#frameOf.has(node);
  }

  isIdle(node: number): boolean {
    return this.#idle.has(node);
  }

  /** Puts the callchain of `node`, leaf first, into {@link frames}; returns its depth. */
  follow(node: number): number {
    let depth = 0;
    // A chain longer than there are nodes goes round in circles.
    let steps = this.#frameOf.size;
    for (let at: number | undefined = node; at !== undefined && steps > 0; steps -= 1) {
      const frame = this.#frameOf.get(at) ?? notAFrame;
      if (frame !== notAFrame) {
        if (depth === this.frames.length) this.#grow();
        this.frames[depth] = frame;
        depth += 1;
      }
      at = this.#parentOf.get(at);
    }
    return depth;
  }

  #grow(): void {
    const grown = new Uint32Array(this.frames.length * 2);
    grown.set(this.frames);
    this.frames = grown;
  }
}

function rawFrame(functionName: string, url: string): RawFrame | undefined {
  if (functionName === '(root)') return undefined;
  // V8's states, which are nowhere, and nameless functions, in the brackets that perf and its tools use for such.
  const state = url === '' ? /^\(([^()]*)\)$/.exec(functionName)?.[1] : undefined;
  const name = functionName === '' ? '[anonymous]' : state === undefined ? functionName : `[${state}]`;
  return { pc: '0', symbol: bytes(name), dso: bytes(url === '' ? 'v8' : url) };
}

function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
