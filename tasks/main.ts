#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/faasm/directories.ts';
import { outOfScope } from '../src/faasm/out-of-scope.ts';
import { withOwnTasks } from '../src/own-tasks/own-tree.ts';
import { type Host, runProgram } from '../src/runner/program.ts';
import type { TreeManifest } from '../src/runner/tree.ts';
import { ExitCode, Interrupted } from '../src/util/errors.ts';
import { tree } from './index.ts';

// The `tasks` program: the outside world is touched here and nowhere else.

/** Nothing much was compiled before that. */
const heavyMicroseconds = 150_000;

const abort = new AbortController();
/** What Ctrl-C means while a debugger has the terminal (nothing) or a recording runs (its end). */
let onInterrupt: (() => void) | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (signal === 'SIGINT' && onInterrupt !== undefined) return onInterrupt();
    // The second time is meant: leave at once.
    if (abort.signal.aborted) process.exit(ExitCode.interrupted);
    abort.abort(new Interrupted());
  });
}
// A reader that left (`tasks … | head`) has seen enough, and work whose result is a file goes on. A full disk is a failure.
let isStdoutLost = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || isStdoutLost) return;
  isStdoutLost = true;
  process.exitCode = ExitCode.failed;
  process.stderr.write(`error: Could not write to standard output: ${error.message}\n`);
});
process.stderr.on('error', () => undefined);

const argv = process.argv.slice(2);
const [cwd, env] = [currentFolder(), process.env];
const exitCode = await runProgram(
  {
    version,
    tree: async ({ searchRoot, collection }, warn) =>
      await withOwnTasks(tree, { cwd, env, searchRoot, collection, argv, warn }),
    manifest,
    elsewhere: outOfScope,
    values: async (host) => (await import('../src/steps/completion/live-values.ts')).liveValues(host),
    askForSudo,
  },
  {
    argv,
    env,
    cwd,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: abort.signal,
    onInterrupt: (handler) => {
      onInterrupt = handler;
      return () => {
        if (onInterrupt === handler) onInterrupt = undefined;
      };
    },
  },
);
if (exitCode !== ExitCode.ok || !isStdoutLost) process.exitCode = exitCode;
if (process.cpuUsage().user > heavyMicroseconds) {
  const { yieldToCompiler } = await import('../src/util/compiler.ts');
  await yieldToCompiler();
}

async function askForSudo(host: Host): Promise<void> {
  const sudo = await import('../src/steps/machine/sudo-ticket.ts');
  await sudo.askForSudo(host);
}

function version(): string {
  const packageJson: { version: string } = JSON.parse(
    readFileSync(join(packageRoot(), 'package.json'), 'utf8'),
  );
  return packageJson.version;
}

/** What `npm run build` put beside the bundle; from the sources there is none, and modules are loaded instead. */
function manifest(): TreeManifest | undefined {
  try {
    return JSON.parse(readFileSync(new URL('manifest.json', import.meta.url), 'utf8'));
  } catch {
    return undefined;
  }
}

/** A shell may stand in a folder that was removed since. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.stderr.write('error: The current folder does not exist any more\n  Go to another one: cd ~\n');
    return process.exit(ExitCode.failed);
  }
}
