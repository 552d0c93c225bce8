import { dirname, resolve } from 'node:path';
import type { TaskContext } from '../../runner/context.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import { frameKindOf } from '../../stacks/frame-kind.ts';
import { TaskError } from '../../util/errors.ts';
import { type CallgrindFile, readCallgrind } from '../../valgrind/callgrind-file.ts';
import { type DisplayedFunction, stacksOf } from '../../valgrind/callgrind-stacks.ts';
import type { FrameNamer } from './function-names.ts';
import type { InputFile } from './input-file.ts';
import { type AddressNamer, jitAddresses } from './jit-addresses.ts';
import type { Measure } from './measure.ts';

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

/** Reads callgrind's counts as call tree; JIT code is named where a dump describes it. @throws TaskError */
export async function callgrindProfile(
  input: InputFile,
  { event, dumpFolders, namer }: CallgrindOptions,
  context: TaskContext,
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
    context.output.emit({
      event: 'warning',
      message: `${displayName} was cut: it has ${part} % of the ${file.announced} ${unitOf(file.event)} that it says`,
      hints: [],
    });
  }
  const folders = [...dumpFolders, ...(path === undefined ? [] : [dirname(resolve(context.cwd, path))])];
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
