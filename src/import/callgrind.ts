import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { jitdumpProblem, openJitdump } from '../profile/jitdump.ts';
import { readPerfMap } from '../profile/symbols/perf-map.ts';
import type { CallTree } from '../stacks/call-tree.ts';
import { frameKindOf } from '../stacks/frame-kind.ts';
import type { Measure } from '../stacks/measure.ts';
import { TaskError } from '../util/errors.ts';
import { isRegularFile, readRegularFile } from '../util/regular-file.ts';
import { type CallgrindFile, readCallgrind } from '../valgrind/callgrind-file.ts';
import { type DisplayedFunction, stacksOf } from '../valgrind/callgrind-stacks.ts';
import type { ReadTree } from './formats.ts';
import { type FrameNamer, profileNamer } from './function-names.ts';
import type { ImportIo } from './import-io.ts';
import type { ImportOptions } from './import-profile.ts';
import type { InputFile } from './input-file.ts';

interface CallgrindOptions {
  readonly event: string | undefined;
  /** Where dumps of JIT code are looked for, beside the file itself. */
  readonly dumpFolders: readonly string[];
  readonly namer: FrameNamer | undefined;
}

/** What callgrind counted, as a profile. */
export interface CallgrindProfile {
  readonly tree: CallTree;
  readonly measure: Measure;
  readonly file: CallgrindFile;
}

/** What callgrind calls its events, for people. */
const UNITS: Readonly<Record<string, string>> = {
  Ir: 'instructions',
  Dr: 'data reads',
  Dw: 'data writes',
  Bc: 'branches',
  Bi: 'indirect branches',
  sysCount: 'system calls',
};

/** {@link callgrindProfile} for the table of formats. */
export async function readCounted(input: InputFile, options: ImportOptions, io: ImportIo): Promise<ReadTree> {
  const dumpFolders = options.jitdump === undefined ? [] : [options.jitdump];
  const namer = await profileNamer(options, dumpFolders, io);
  return await callgrindProfile(input, { event: options.event, dumpFolders, namer }, io);
}

/** Reads callgrind's counts as call tree; JIT code is named where a dump describes it. @throws TaskError */
export async function callgrindProfile(
  input: InputFile,
  { event, dumpFolders, namer }: CallgrindOptions,
  { cwd, warn }: Pick<ImportIo, 'cwd' | 'warn'>,
): Promise<CallgrindProfile> {
  const { displayName, path } = input;
  const file = await readCallgrind(input.chunks(), { displayName, event });
  if (file.total === 0) {
    throw new TaskError(`${displayName} holds no costs: callgrind counted no ${file.event}`, {
      hints: [
        'Was the program ended by force? Callgrind writes when it ends, or on callgrind_control --dump',
      ],
    });
  }
  if (file.announced !== undefined && file.announced > file.total) {
    const part = ((100 * file.total) / file.announced).toFixed(1);
    warn(
      `${displayName} was cut: it has ${part} % of the ${file.announced} ${unitOf(file.event)} that it says`,
    );
  }
  const folders = [...dumpFolders, ...(path === undefined ? [] : [dirname(resolve(cwd, path))])];
  const addresses = await jitAddresses(file.pid ?? 0, folders, namer);
  const { graph, displayed: functions } = named(file, addresses);
  const tree = stacksOf(graph, functions, processName(file.command));
  return { tree, measure: { metric: 'weight', unit: unitOf(file.event), foldedBy: 'weight' }, file };
}

function unitOf(event: string): string {
  return UNITS[event] ?? event;
}

/** `/build/bin/func_runner demo echo` -> `func_runner` */
function processName(command: string): string {
  const [program = ''] = command.trim().split(/\s+/);
  return program.slice(program.lastIndexOf('/') + 1) || 'program';
}

const ADDRESS = /^0x([\da-f]+)('.*)?$/i;

/** Gives each function its name; several addresses in one JIT function become that function. */
function named(
  { graph }: CallgrindFile,
  addresses: AddressNamer,
): { readonly graph: CallgrindFile['graph']; readonly displayed: readonly DisplayedFunction[] } {
  const byCode = new Map<string, number>();
  const meant = graph.functions.map(({ name, object }, at) => {
    const code = object === '' ? addressIn(name, addresses) : undefined;
    if (code === undefined) return { at, displayed: { name, kind: frameKindOf(object) } };
    const key = `${code.start} ${ADDRESS.exec(name)?.[2] ?? ''}`;
    const first = byCode.get(key) ?? at;
    byCode.set(key, first);
    return { at: first, displayed: code };
  });
  const self = graph.functions.map(() => 0);
  graph.self.forEach((cost, at) => {
    const to = meant[at]?.at ?? at;
    self[to] = (self[to] ?? 0) + cost;
  });
  const edges = graph.edges.map((edge) => ({
    ...edge,
    from: meant[edge.from]?.at ?? edge.from,
    to: meant[edge.to]?.at ?? edge.to,
  }));
  return {
    graph: { functions: graph.functions, self, edges },
    displayed: meant.map(({ displayed }) => displayed),
  };
}

function addressIn(name: string, addresses: AddressNamer): ReturnType<AddressNamer> {
  const digits = ADDRESS.exec(name)?.[1];
  return digits === undefined ? undefined : addresses(Number.parseInt(digits, 16));
}

/** Names the code at an address of a process; undefined where no dump describes any. */
export type AddressNamer = (address: number) => (DisplayedFunction & { readonly start: number }) | undefined;

interface Code {
  readonly start: number;
  readonly end: number;
  readonly symbol: string;
  readonly dso: string;
}

const DEEPEST = 4;

/**
 * Names JIT code by address, from what the program left: jit-PID.dump anywhere below one of the folders (LLVM makes
 * `.debug/jit/…` of its own), or perf-PID.map in one. Where code was laid over other code, the later one is meant.
 */
export async function jitAddresses(
  pid: number,
  folders: readonly string[],
  namer: FrameNamer | undefined,
): Promise<AddressNamer> {
  const codes = await codesOf(pid, folders);
  const known = new Map<Code, DisplayedFunction & { readonly start: number }>();
  return (address) => {
    const code = codes.findLast(({ start, end }) => address >= start && address < end);
    if (code === undefined) return undefined;
    const { start, symbol, dso } = code;
    const named = known.get(code) ?? {
      ...(namer?.({ pid, symbol, dso }) ?? { name: symbol, kind: 'engine' as const }),
      start,
    };
    known.set(code, named);
    return named;
  };
}

async function codesOf(pid: number, folders: readonly string[]): Promise<Code[]> {
  const dump = await firstFound(folders, (folder) => dumpBelow(folder, `jit-${pid}.dump`, DEEPEST));
  if (dump !== undefined) {
    const read = openJitdump(dump);
    if (typeof read === 'string')
      throw new TaskError(`Could not read ${dump} as a jitdump: ${jitdumpProblem(read)}`);
    return read.loads().map(({ start, size, name, codeIndex }) => {
      // The name that `perf inject` gives the code: who names frames finds the dump beside it.
      const dso = join(dirname(dump), `jitted-${pid}-${codeIndex}.so`);
      return { start, end: start + size, symbol: name, dso };
    });
  }
  const map = folders.map((folder) => join(folder, `perf-${pid}.map`)).find(isRegularFile);
  if (map === undefined) return [];
  return readPerfMap(readRegularFile(map)).map(({ start, sizeBytes, name }) => ({
    start,
    end: start + sizeBytes,
    symbol: name,
    dso: `/tmp/perf-${pid}.map`,
  }));
}

async function firstFound(
  folders: readonly string[],
  find: (folder: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  for (const folder of folders) {
    const found = await find(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function dumpBelow(folder: string, name: string, deepest: number): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.isFile() && entry.name === name)) return join(folder, name);
  if (deepest === 0) return undefined;
  const below = entries.filter(
    (entry) => entry.isDirectory() && /^(?:\.debug|jit|llvm-IR-jit-.*)$/.test(entry.name),
  );
  return await firstFound(
    below.map((entry) => join(folder, entry.name)),
    (path) => dumpBelow(path, name, deepest - 1),
  );
}
