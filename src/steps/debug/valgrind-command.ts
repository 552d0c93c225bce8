import { join, resolve } from 'node:path';
import { packageRoot } from '../../faasm/directories.ts';
import type { Command } from '../../process/child.ts';
import type { RunFolder } from '../../util/run-folder.ts';
import type { DebuggedProgram } from './debugged-program.ts';

// The list of tasks shows the tools: nothing heavy may be imported here.

/** Valgrind's tools that debug.valgrind reads the results of. */
export const valgrindTools = ['memcheck', 'callgrind', 'massif', 'helgrind', 'cachegrind'] as const;

export type ValgrindTool = (typeof valgrindTools)[number];

/** A tool that finds errors; the others count. */
export function isChecker(tool: ValgrindTool): boolean {
  return tool === 'memcheck' || tool === 'helgrind';
}

interface ValgrindRequest {
  readonly valgrind: string;
  readonly tool: ValgrindTool;
  readonly program: DebuggedProgram;
  readonly folder: RunFolder;
  readonly cwd: string;
  /** Files of the user's own. */
  readonly suppressions: readonly string[];
  /** Handed over as they are, after ours, so that they win. */
  readonly options: readonly string[];
}

/** The stack that Faasm's guide gives the main thread, in bytes. */
const MAIN_STACK_BYTES = 16_777_216;
/** A runtime, a JIT and the function make deep stacks; valgrind's own twelve end inside of them. */
const STACK_FRAMES = 40;

/** What a run leaves in its folder: `NAME.PID`, a forked child having its own. */
export const resultName: Readonly<Record<ValgrindTool, string>> = {
  memcheck: 'report.xml',
  helgrind: 'report.xml',
  callgrind: 'callgrind.out',
  massif: 'massif.out',
  cachegrind: 'cachegrind.out',
};
/** Valgrind's own messages, `NAME.PID`. */
export const logName = 'valgrind.log';

/** Valgrind's command line for a program that makes code as it runs. */
export function valgrindCommand(request: ValgrindRequest): Command {
  const { valgrind, tool, program, folder, cwd } = request;
  const result = folder.file(`${resultName[tool]}.%p`);
  const argv: [string, ...string[]] = [
    valgrind,
    `--tool=${tool}`,
    // Code that was thrown away is written over with other code, everywhere and not only on the stack.
    '--smc-check=all',
    `--main-stacksize=${MAIN_STACK_BYTES}`,
    // Leaves pipes in /tmp when it is ended by force, and nobody is to ask.
    '--vgdb=no',
    `--log-file=${folder.file(`${logName}.%p`)}`,
    ...toolOptions(tool, result, request),
    ...request.options,
    ...program.argv,
  ];
  return { argv, cwd, env: { ...program.env, JITDUMPDIR: folder.path } };
}

function toolOptions(
  tool: ValgrindTool,
  result: string,
  { suppressions, cwd }: Pick<ValgrindRequest, 'suppressions' | 'cwd'>,
): string[] {
  switch (tool) {
    case 'memcheck':
    case 'helgrind': {
      const files = [ownSuppressions(), ...suppressions.map((file) => resolve(cwd, file))];
      return [
        '--xml=yes',
        `--xml-file=${result}`,
        '--child-silent-after-fork=yes',
        '--error-limit=no',
        `--num-callers=${STACK_FRAMES}`,
        ...(tool === 'memcheck' ? ['--leak-check=full'] : []),
        ...files.map((file) => `--suppressions=${file}`),
      ];
    }
    case 'massif':
      return [`--massif-out-file=${result}`];
    case 'cachegrind':
      return ['--cache-sim=yes', `--cachegrind-out-file=${result}`];
    default:
      return [`--callgrind-out-file=${result}`];
  }
}

function ownSuppressions(): string {
  return join(packageRoot(), 'valgrind', 'runtimes.supp');
}
