import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findExecutable, findFaasmBinary, findOnPath } from '../faasm/binaries.ts';
import type { Environment } from '../faasm/directories.ts';
import type { FunctionFiles } from '../faasm/functions.ts';
import { MachineError, UsageError } from '../util/errors.ts';
import { embeddedRunner, isEmbedded } from './runner-choice.ts';

/** A program that measures functions: reads a spec, writes a line a call. */
export interface MicrobenchRunner {
  /** `embedded` reads quoted fields; everything else cuts at commas as Faasm's does. */
  readonly engine: 'faasm' | 'embedded';
  /** For people: `embedded microbench_runner`, `microbench_runner from /build/faasm/bin`. */
  readonly label: string;
  /** The program's own file. */
  readonly path: string;
  readonly argv: (specPath: string, outPath: string) => readonly [program: string, ...args: string[]];
  /** The arguments that name it on a command line; more than one for a command of the user's own. */
  readonly command: readonly [string, ...string[]];
}

interface MicrobenchRequest {
  /** `auto`, `embedded`, `faasm`; or else: a build directory, a runner's file, or a command that takes SPEC OUT. */
  readonly engine: string;
  /** The arguments of {@link engine} when it is a command. */
  readonly command: readonly string[];
  readonly functions: readonly FunctionFiles[];
  readonly cwd: string;
  /** The flag that named the engine, for messages. */
  readonly flag: string;
}

const NAMES = ['microbench_runner', 'microbenchmark_runner'] as const;

/**
 * Finds what measures these functions. `auto` takes Faasm's runner where it is and can see all of them, else the
 * embedded one.
 *
 * @throws MachineError when what was asked for is not there; UsageError when it cannot see a function.
 */
export async function chooseMicrobench(
  request: MicrobenchRequest,
  env: Environment,
): Promise<MicrobenchRunner> {
  const { engine, command, functions, cwd, flag } = request;
  if (engine === 'embedded') return embedded();
  if (engine !== 'auto' && engine !== 'faasm') return await named(command, functions, cwd, flag);
  const unseen = functions.find((files) => files.origin !== 'local');
  if (engine === 'faasm' || unseen === undefined) {
    for (const name of NAMES) {
      const path = await findFaasmBinary(name, isEmbedded, env);
      if (path === undefined) continue;
      if (unseen !== undefined) throw outOfSight(unseen, path);
      return native(path);
    }
  }
  if (engine === 'auto') return embedded();
  throw new MachineError(`Could not find Faasm's ${NAMES.join(' or ')} on PATH or in the build directory`, {
    hints: ['Build it: tasks dev.cc microbench_runner', 'Or use the built-in engine: --engine=embedded'],
  });
}

function embedded(): MicrobenchRunner {
  const { path } = embeddedRunner('microbench_runner');
  return {
    engine: 'embedded',
    label: 'embedded microbench_runner',
    path,
    argv: (specPath, outPath) => [process.execPath, path, specPath, outPath],
    command: ['embedded'],
  };
}

function native(path: string): MicrobenchRunner {
  return {
    engine: 'faasm',
    label: `${path.slice(dirname(path).length + 1)} from ${dirname(path)}`,
    path,
    argv: (specPath, outPath) => [path, specPath, outPath],
    command: [path],
  };
}

async function named(
  command: readonly string[],
  functions: readonly FunctionFiles[],
  cwd: string,
  flag: string,
): Promise<MicrobenchRunner> {
  const [program = '', ...rest] = command;
  const place = resolve(cwd, program);
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const unseen = functions.find((files) => files.origin !== 'local');
  if (isFolder && rest.length === 0) {
    for (const name of NAMES) {
      for (const path of [join(place, 'bin', name), join(place, name)]) {
        if ((await findExecutable(path)) === undefined) continue;
        if (unseen !== undefined) throw outOfSight(unseen, path);
        return native(path);
      }
    }
    throw new MachineError(`Could not find ${NAMES.join(' or ')} in ${place} or its bin/`, {
      hints: [`Build it there: FAASM_BUILD_DIR=${place} tasks dev.cc microbench_runner`],
    });
  }
  const path = program.includes('/') ? await findExecutable(place) : await findOnPath(program);
  if (path === undefined)
    throw new UsageError(`${flag} names no engine, build directory or program: ${JSON.stringify(program)}`, {
      hints: [
        'embedded, faasm, a build directory, the path of a microbench_runner, or a command that takes SPEC OUT',
      ],
    });
  // It is started in a folder of the run, where a relative path would name nothing.
  const args = rest.map((arg) => (existsSync(resolve(cwd, arg)) ? resolve(cwd, arg) : arg));
  // A program of the user's own may know where functions are; only Faasm's are known to read one directory.
  return {
    engine: (await isEmbedded(path)) ? 'embedded' : 'faasm',
    path,
    label: command.length === 1 ? path : command.join(' '),
    argv: (specPath, outPath) => [path, ...args, specPath, outPath],
    command: [path, ...args],
  };
}

function outOfSight({ user, func }: FunctionFiles, path: string): UsageError {
  return new UsageError(`${user}/${func} is a demo function of this package, which ${path} cannot see`, {
    hints: [
      'Copy the demo functions to where it looks: tasks setup.functions',
      'Or use the built-in engine: --engine=embedded',
    ],
  });
}
