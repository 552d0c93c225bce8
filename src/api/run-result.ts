import { shellLine } from '../util/shell-word.ts';

/** How a command ended and what it printed. */
export class RunResult {
  /** What ran, word by word. */
  readonly argv: readonly string[];
  /** 0-255; 128 + the signal's number when a signal ended it. */
  readonly exitCode: number;
  /** Without the last line break; what `${result}` in another command is. */
  readonly stdout: string;
  /** Without the last line break; empty with a pseudo-terminal, where both are one. */
  readonly stderr: string;
  readonly timedOut: boolean;

  constructor(facts: Pick<RunResult, 'argv' | 'exitCode' | 'stdout' | 'stderr' | 'timedOut'>) {
    this.argv = facts.argv;
    this.exitCode = facts.exitCode;
    this.stdout = facts.stdout;
    this.stderr = facts.stderr;
    this.timedOut = facts.timedOut;
  }

  get ok(): boolean {
    return this.exitCode === 0;
  }

  /** The command as it could be typed into a shell. */
  get command(): string {
    return shellLine(this.argv);
  }

  /** The lines of stdout. */
  get lines(): string[] {
    return this.stdout === '' ? [] : this.stdout.split('\n');
  }

  toString(): string {
    return this.stdout;
  }
}
