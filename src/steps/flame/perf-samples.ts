import { statSync } from 'node:fs';
import { findOnPath } from '../../faasm/binaries.ts';
import { type Command, childFailure, runChild } from '../../process/child.ts';
import { perfInject, perfScript } from '../../profile/perf-commands.ts';
import { perfMissing } from '../../profile/perf-failure.ts';
import { perfScriptSource } from '../../profile/perf-script.ts';
import type { RecordingEvidence } from '../../profile/perfdata/evidence.ts';
import { unwindingOf } from '../../profile/perfdata/perf-data.ts';
import type { SampleSource } from '../../profile/samples.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError } from '../../util/errors.ts';
import { makeRunFolder, type RunFolder } from '../../util/run-folder.ts';
import { type InlineWish, printedWithInlinedCalls } from './inlined-source.ts';
import type { InputFile } from './input-file.ts';
import { withRecordedSamples } from './recorded-samples.ts';
import { symbolCache } from './symbol-cache-folder.ts';

/** Who reads a recording: `auto` is we, unless callers must be unwound from copies of the stack. */
export type Via = 'auto' | 'reader' | 'perf-script';

interface ReadOptions {
  readonly via: Via;
  readonly event?: string | undefined;
  readonly jitdump?: string | undefined;
  /** Keep big symbol tables for later runs. */
  readonly cache: boolean;
  /** Show inlined calls as frames of their own. */
  readonly inline?: InlineWish | undefined;
}

/** Why a recording goes through `perf script` all the same; undefined when it does not. */
export function perfScriptReason(input: InputFile, via: Via): string | undefined {
  if (via === 'perf-script') return 'asked for';
  const unwinding =
    via === 'auto' && input.path !== undefined ? unwindingOf(input.path, input.displayName) : undefined;
  if (unwinding === 'dwarf') return 'its callers are in copies of the stack (--call-graph dwarf)';
  return unwinding === 'lbr'
    ? "its callers are in the processor's branch records (--call-graph lbr)"
    : undefined;
}

/** Has a recording's samples read, by us or by perf. */
export async function withPerfSamples<T>(
  input: InputFile,
  options: ReadOptions,
  context: TaskContext,
  use: (source: SampleSource) => Promise<T>,
): Promise<{ readonly result: T; readonly evidence: RecordingEvidence | undefined }> {
  const reason = perfScriptReason(input, options.via);
  const { signal, env } = context;
  if (reason === undefined) {
    const { event, jitdump, inline } = options;
    const cache = symbolCache(options.cache, env);
    return await withRecordedSamples(
      input.path ?? input.chunks(),
      { displayName: input.displayName, event, jitdump, cache, inline, signal, env },
      use,
    );
  }
  if ((await findOnPath('perf', env)) === undefined) {
    const why = options.via === 'auto' ? reason : '--via=perf-script and --verify need it';
    throw new MachineError(`Could not read ${input.displayName}: ${perfMissing.why}, and ${why}`, {
      hints: [
        perfMissing.fix,
        ...(options.via === 'auto' ? [] : ['Or read it without perf: leave out --via and --verify']),
      ],
    });
  }
  if (options.via === 'auto')
    context.output.emit({ event: 'note', text: `${input.displayName} is read by perf script: ${reason}` });
  const folder = await makeRunFolder({ keep: false });
  try {
    return { result: await throughPerfScript(input, options, folder, context, use), evidence: undefined };
  } finally {
    await folder.dispose();
  }
}

/** The commands that print a recording: with its jitdumps, and without. */
export function perfScriptCommands(
  input: InputFile,
  folder: RunFolder,
): [inject: Command, script: Command, plain: Command] {
  const path = input.path ?? input.displayName;
  const [injected, cache] = [folder.file('perf.data.jit'), folder.file('buildid')];
  const plain: Command = { argv: perfScript(path) };
  return [{ argv: perfInject(path, injected, cache) }, { argv: perfScript(injected) }, plain];
}

/** Has perf print a perf.data file, with JIT symbols where its dumps are still there. */
async function throughPerfScript<T>(
  input: InputFile,
  options: ReadOptions,
  folder: RunFolder,
  context: TaskContext,
  use: (source: SampleSource) => Promise<T>,
): Promise<T> {
  const [inject, script, plain] = perfScriptCommands(input, folder);
  const { signal, env } = context;
  // perf inject makes nothing good of a pipe's recording, nor of a folder's.
  const injected = isOneFile(input) ? await runChild(inject, { signal, env }) : undefined;
  if (injected !== undefined && injected.exitCode !== 0) {
    const why = injected.tail.split('\n').at(-1) ?? '';
    const message = `JIT code keeps its addresses: perf inject could not use the jitdump${why === '' ? '' : ` (${why})`}`;
    context.output.emit({
      event: 'warning',
      message,
      hints: ['Record with -k 1 and leave jit-PID.dump where it was written.'],
    });
  }
  const command = injected?.exitCode === 0 ? script : plain;
  let result: { readonly value: T } | undefined;
  const read = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    const source = perfScriptSource(bytes, { event: options.event, name: input.displayName });
    const { inline } = options;
    const cache = symbolCache(options.cache, env);
    const displayed =
      inline === undefined || input.path === undefined
        ? source
        : printedWithInlinedCalls(source, input.path, { wish: inline, cache, signal, env });
    result = { value: await use(displayed) };
  };
  const outcome = await runChild(command, { signal, env, stdout: read });
  if (outcome.exitCode !== 0) throw childFailure(`Could not read ${input.displayName}`, command, outcome);
  if (result === undefined) throw new Error('perf script said nothing');
  return result.value;
}

/** What came through a pipe has a header of 16 bytes; a folder has files of records beside `data`. */
function isOneFile({ path, head }: InputFile): boolean {
  const isPipe = head[8] === 16;
  return !isPipe && path !== undefined && statSync(path).isFile();
}
