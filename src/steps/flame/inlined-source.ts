import type { Environment } from '../../faasm/directories.ts';
import { recordedBuildIds, unwindingOf } from '../../profile/perfdata/perf-data.ts';
import type { SampleSource } from '../../profile/samples.ts';
import { Symbols } from '../../profile/symbols/symbols.ts';
import { withInlinedCalls } from '../../stacks/inlined-calls.ts';
import { Demangler } from './demangling.ts';
import { InlinedCalls } from './inlined-calls.ts';
import type { Advice } from './recording-advice.ts';

/** Inlined calls are wanted; what keeps some from being shown is told here. */
export interface InlineWish {
  advise(advice: Advice): void;
}

interface InlinedSourceOptions {
  readonly wish: InlineWish;
  readonly symbols: Symbols;
  readonly demangler: Demangler;
  /** By path (latin1), where somebody else read the symbols. */
  readonly buildIds?: ReadonlyMap<string, string>;
  readonly callersAreReturns: boolean;
  readonly cache: string | undefined;
  readonly signal: AbortSignal;
  readonly env: Environment;
}

/** A recording's samples with the inlined calls that this machine's debug information tells of. */
export function inlinedSource(source: SampleSource, options: InlinedSourceOptions): SampleSource {
  const { wish, symbols, demangler, buildIds, callersAreReturns, cache, signal, env } = options;
  return {
    read: async (visitor) => {
      const calls = new InlinedCalls({
        debugInfo: (path) => symbols.debugInfo(path, buildIds?.get(path)),
        demangle: demangler.batch,
        cache,
        signal,
        env,
      });
      const report = await withInlinedCalls(source, { find: calls.find, callersAreReturns }).read(visitor);
      for (const advice of calls.advice()) wish.advise(advice);
      return report;
    },
  };
}

/** The same for what perf printed of a recording; perf itself would look the calls up one address after the other. */
export function printedWithInlinedCalls(
  source: SampleSource,
  path: string,
  options: Omit<InlinedSourceOptions, 'symbols' | 'demangler' | 'buildIds' | 'callersAreReturns'>,
): SampleSource {
  return inlinedSource(source, {
    ...options,
    symbols: new Symbols(),
    demangler: new Demangler(options.signal, options.cache),
    buildIds: recordedBuildIds(path, path),
    callersAreReturns: unwindingOf(path, path) === undefined,
  });
}
