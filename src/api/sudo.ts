import { userInfo } from 'node:os';
import { findOnPath } from '../faasm/binaries.ts';
import { Interrupted, MachineError, TaskError } from '../util/errors.ts';
import { shellLine } from '../util/shell-word.ts';
import { type RunOptions, type RunResult, runArgv, templateArgv } from './run.ts';
import { currentScope } from './scope.ts';

export interface SudoOptions extends Omit<RunOptions, 'responders' | 'pty'> {
  /** Whose rights the command gets; root's by default. */
  readonly user?: string;
}

/** What sudo is told to ask; no other program asks so. */
const PROMPT = '[tasks: password for sudo] ';

/** What was typed, until this program ends; sudo may ask for every command. */
let password: Promise<string> | undefined;

/**
 * Runs a command with another user's rights: `await sudo(['apt-get', 'install', 'cmake'])`. When sudo wants a password it is asked for
 * on the terminal, once; it goes to sudo's standard input only, never into a command line, an environment or a log. Where that user is
 * the one who runs `tasks` (root in a container), there is no sudo.
 *
 * @throws MachineError when nobody is there to type a password; TaskError when sudo did not take it
 */
export async function sudo(
  command: string | readonly string[],
  options: SudoOptions = {},
): Promise<RunResult> {
  const inner = typeof command === 'string' ? templateArgv([command], []) : command;
  const { user = 'root', ...others } = options;
  if (userInfo().username === user) return await runArgv(inner, others);
  const argv = ['sudo', '-S', '-p', PROMPT, ...(user === 'root' ? [] : ['-H', '-u', user]), '--', ...inner];
  let isAnswered = false;
  const answer = async (): Promise<string> => {
    // Asked again: what it got was wrong.
    if (isAnswered) {
      password = undefined;
      throw new TaskError('sudo did not take the password', { hints: ['Type the line again.'] });
    }
    isAnswered = true;
    password ??= askPassword(inner, options.env?.['PATH'] ?? currentScope().env['PATH']);
    return `${await password}\n`;
  };
  return await runArgv(argv, {
    ...others,
    responders: [{ pattern: PROMPT, response: answer }],
    conceal: PROMPT,
    pty: false,
    sharesTerminal: true,
  });
}

async function askPassword(argv: readonly string[], path: string | undefined): Promise<string> {
  const { output, signal } = currentScope().context;
  if (process.stdin.isTTY !== true || !output.canPrompt) {
    const program = argv[0] ?? '';
    const whole = (await findOnPath(program, { PATH: path })) ?? program;
    throw new MachineError('sudo wants a password, and nobody is there to type it', {
      hints: [
        'Run the same line on a terminal,',
        `or allow the command without a password (sudo visudo): ${userInfo().username} ALL=(root) NOPASSWD: ${whole}`,
        `or run it by hand: sudo ${shellLine(argv)}`,
      ],
    });
  }
  const { default: inquirer } = await import('inquirer');
  try {
    const prompt = inquirer.createPromptModule({ signal });
    const question = { type: 'password', name: 'answer', message: `Password for sudo ${argv[0]}:` } as const;
    return String((await prompt([question])).answer);
  } catch (error) {
    throw error instanceof Error && /^(Exit|Abort|Cancel)PromptError$/.test(error.name)
      ? new Interrupted()
      : error;
  }
}
