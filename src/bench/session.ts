/*
 * What a results file cannot hold stands beside it, in OUT.json: the machine, the engine, the commit, the spec, and
 * which rows were measured when. It is replaced whole before each block of rows begins, so that a reader, and `--resume`,
 * know where every row belongs even when the run was killed.
 */
import { z } from 'zod';
import { TaskError } from '../util/errors.ts';
import type { RowBlock } from './series.ts';

const machineSchema = z.object({
  host: z.string(),
  kernel: z.string(),
  arch: z.string(),
  cpuModel: z.string(),
  cpus: z.number(),
  memoryBytes: z.number(),
  /** Null where the kernel does not tell (virtual machines). */
  governor: z.string().nullable(),
  turbo: z.boolean().nullable(),
  /** Averages of the run queue over 1, 5 and 15 minutes, at the start. */
  load: z.array(z.number()),
  perfParanoid: z.number().nullable(),
  /** The hypervisor's flag of /proc/cpuinfo. */
  virtual: z.boolean(),
});

const sessionSchema = z.object({
  format: z.literal('faasm-tasks benchmark'),
  version: z.literal(1),
  /** ISO 8601, UTC. */
  started: z.string(),
  /** Null while it runs, and for ever when it was killed. */
  ended: z.string().nullable(),
  versions: z.object({ tasks: z.string(), node: z.string(), v8: z.string() }),
  machine: machineSchema,
  engine: z.object({
    name: z.enum(['faasm', 'embedded']),
    label: z.string(),
    path: z.string(),
    /** Of the runner's file, and of files that its other arguments name: tells two builds at one path apart. */
    sha256: z.string(),
    /** What names it on a command line, to be given to `--a` or `--engine` again. */
    words: z.array(z.string()).default([]),
  }),
  commit: z.object({ hash: z.string(), branch: z.string(), dirty: z.boolean() }).nullable(),
  spec: z.object({
    path: z.string(),
    text: z.string(),
    lines: z.array(
      z.object({
        user: z.string(),
        func: z.string(),
        runs: z.number(),
        input: z.string(),
        line: z.number(),
      }),
    ),
  }),
  settings: z.object({
    repeats: z.number(),
    warmup: z.number(),
    targetError: z.number().nullable(),
    timeoutSeconds: z.number().nullable(),
    seed: z.number(),
  }),
  /** In the order of their rows; a block ends where the next begins. `line` counts `spec.lines` from 0. */
  blocks: z.array(
    z.object({ line: z.number(), repeat: z.number(), firstRow: z.number(), started: z.string() }),
  ),
});

export type Session = z.infer<typeof sessionSchema>;
export type SessionMachine = Session['machine'];
export type SessionBlock = Session['blocks'][number];

/** Where the session of a results file is kept. */
export function sessionPath(resultsPath: string): string {
  return `${resultsPath}.json`;
}

/** Reads a session. @throws TaskError saying what is wrong with it. */
export function parseSession(text: string, displayName: string): Session {
  const fail = (why: string): never => {
    throw new TaskError(`Could not read ${displayName}: ${why}`, {
      hints: ['It belongs to the results of the same name; without it they are read, but not resumed.'],
    });
  };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return fail('it is not JSON');
  }
  const parsed = sessionSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return fail(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'unknown form'}`);
}

/** Which rows of the results belong to which line of the spec. */
export function rowBlocks(session: Session): RowBlock[] {
  return session.blocks.map(({ line, firstRow }) => {
    const { user = '', func = '', input = '' } = session.spec.lines[line] ?? {};
    return { firstRow, user, func, input };
  });
}

/** What differs between two sessions that makes their times hard to compare, a sentence part each. */
export function sessionDifferences(base: Session, other: Session): string[] {
  const differences: string[] = [];
  const differ = (what: string, a: string | number | null, b: string | number | null): void => {
    if (a !== b) differences.push(`${what}: ${a ?? 'unknown'} and ${b ?? 'unknown'}`);
  };
  differ('machine', base.machine.host, other.machine.host);
  differ('processor', base.machine.cpuModel, other.machine.cpuModel);
  differ('processors', base.machine.cpus, other.machine.cpus);
  differ('kernel', base.machine.kernel, other.machine.kernel);
  differ('governor', base.machine.governor, other.machine.governor);
  differ('turbo', stateText(base.machine.turbo), stateText(other.machine.turbo));
  differ('engine', base.engine.name, other.engine.name);
  differ('Node', base.versions.node, other.versions.node);
  return differences;
}

function stateText(state: boolean | null): string | null {
  return state === null ? null : state ? 'on' : 'off';
}
