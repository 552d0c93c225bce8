import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runSteps, type Step } from '../../process/steps.ts';
import { type CompletionShell, completionScript } from '../../runner/completion-script.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';
import { homeFolder } from '../../util/home.ts';
import { shellLine } from '../../util/shell-word.ts';

// fish loads a script from its own folder of completions. bash does so only where the bash-completion package is installed
// and loaded, zsh only from a folder in $fpath before compinit: there a few lines in the shell's start-up file do it.

const MARK = '# tasks completion (tasks setup.completion)';
/** Distributions load bash-completion from there for everybody. */
const systemBashrc = ['/etc/bash.bashrc', '/etc/bashrc'];
const bashCompletionPackage = '/usr/share/bash-completion/bash_completion';

interface FileWanted {
  readonly path: string;
  /** The whole new text, undefined when it is right as it is. */
  readonly text: string | undefined;
}

/** `setup.completion`: puts the shell's script where that shell looks for it, in the user's own folders; what is there stays. */
export async function installCompletion(
  { shell }: { readonly shell: CompletionShell },
  context: TaskContext,
): Promise<void> {
  const { env, output } = context;
  const path = placeOf(shell, env);
  const wanted = [await scriptFile(path, completionScript(shell)), ...(await startUpFile(shell, path, env))];
  const files = wanted.flatMap(({ path: file, text }) => {
    if (text === undefined) return [];
    const why =
      file === path ? `${shell} takes completions from there` : `${shell} does not look there by itself`;
    const step: Step = { title: `Write ${file}`, why, outputs: [file] };
    return [{ file, text, step }];
  });
  const steps = files.map(({ step }) => step);
  const written = await runSteps(steps, context, async (step) => {
    for (const one of files) {
      await step(one.step, async ({ signal }) => {
        await mkdir(dirname(one.file), { recursive: true });
        await writeFileAtomic(one.file, one.text, signal);
      });
    }
    return files.map(({ file }) => file);
  });
  if (written === undefined) return;
  const text =
    written.length === 0
      ? `Completion for ${shell} is installed already: ${path}`
      : `Completion for ${shell}, from the next shell on: ${written.join(', ')}`;
  output.result(text, { path, shell, written });
}

async function scriptFile(path: string, script: string): Promise<FileWanted> {
  return { path, text: (await textOf(path)) === script ? undefined : script };
}

/** The file that a shell reads when it starts, with what it takes for the script to be found, where it takes something. */
async function startUpFile(
  shell: CompletionShell,
  script: string,
  env: TaskContext['env'],
): Promise<FileWanted[]> {
  if (shell === 'fish') return [];
  const home = homeFolder(env);
  const path = shell === 'bash' ? join(home, '.bashrc') : join(env['ZDOTDIR'] || home, '.zshrc');
  const text = (await textOf(path)) ?? '';
  if (text.includes(MARK) || (shell === 'bash' && (await loadsBashCompletion(text)))) return [];
  const lines = shell === 'bash' ? bashLines(script) : zshLines(script);
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  return [{ path, text: `${text}${gap}${MARK}\n${lines}\n` }];
}

async function loadsBashCompletion(bashrc: string): Promise<boolean> {
  if ((await textOf(bashCompletionPackage)) === undefined) return false;
  const system = await Promise.all(systemBashrc.map(textOf));
  return [bashrc, ...system].some((text) => /^[^#\n]*bash_completion/m.test(text ?? ''));
}

function bashLines(script: string): string {
  const path = shellLine([script]);
  return `[ -r ${path} ] && . ${path}`;
}

function zshLines(script: string): string {
  return `fpath=(${shellLine([dirname(script)])} $fpath)
if (( $+functions[compdef] )); then autoload -Uz _tasks && compdef _tasks tasks; else autoload -Uz compinit && compinit; fi`;
}

/** A file's text, undefined when there is none. @throws TaskError when it cannot be read. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw new TaskError(`Could not read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function placeOf(shell: CompletionShell, env: TaskContext['env']): string {
  const home = homeFolder(env);
  const data = absolute(env['XDG_DATA_HOME']) ?? join(home, '.local', 'share');
  switch (shell) {
    case 'bash':
      return join(data, 'bash-completion', 'completions', 'tasks');
    case 'zsh':
      return join(data, 'zsh', 'site-functions', '_tasks');
    default:
      return join(
        absolute(env['XDG_CONFIG_HOME']) ?? join(home, '.config'),
        'fish',
        'completions',
        'tasks.fish',
      );
  }
}

/** The XDG base directory specification: a relative path is to be passed over. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') === true ? path : undefined;
}
