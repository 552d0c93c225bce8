import { resolve } from 'node:path';
import { parseChoices } from '../../monitor/chart-choice.ts';
import { type HostAddress, parseHostAddress } from '../../monitor/pmapi-transport.ts';
import type { Command } from '../../process/child.ts';
import { UsageError } from '../../util/errors.ts';
import { parseTime } from '../../util/time-span.ts';
import { splitCommand } from '../flame/command-line.ts';
import type { PageOptions } from './views.ts';

/** `tasks monitor` as it was typed. */
export interface MonitorArgs {
  readonly metrics: string | undefined;
  readonly during: string | undefined;
  readonly interval: string;
  readonly count: number | undefined;
  readonly seconds: number | undefined;
  readonly record: string | undefined;
  readonly host: string;
  readonly pmcd: string | undefined;
  readonly html: boolean;
  readonly port: number | undefined;
  readonly open: boolean;
}

/** A program to run while the host is watched. */
export interface WatchedProgram {
  /** As it was typed. */
  readonly line: string;
  readonly command: Command;
}

/** `tasks monitor`, understood. */
export interface MonitorRequest {
  readonly address: HostAddress;
  readonly choices: ReturnType<typeof parseChoices> | undefined;
  readonly intervalMs: number;
  /** How many samples; undefined: until somebody ends it. */
  readonly count: number | undefined;
  readonly program: WatchedProgram | undefined;
  readonly record: { readonly path: string; readonly displayName: string } | undefined;
  /** Show it as a page. */
  readonly page: PageOptions | undefined;
}

/** @throws UsageError for arguments that mean nothing, or not together. */
export function monitorRequest(args: MonitorArgs, cwd: string): MonitorRequest {
  const { during, count, seconds, record } = args;
  const limits = [count === undefined ? '' : '--count', seconds === undefined ? '' : '--seconds'].filter(
    Boolean,
  );
  const [limit] = limits;
  if (limits.length > 1)
    throw new UsageError('--count and --seconds both say when to end', { hints: ['Give one of them.'] });
  if (during !== undefined && limit !== undefined)
    throw new UsageError(`--during ends with its program, so ${limit} means nothing beside it`, {
      hints: [`Limit the program: --during ${JSON.stringify(`timeout 10 ${during}`)}`],
    });
  if (record === '-' || record === '')
    throw new UsageError('--record needs a file: it grows while the view is on the terminal', {
      hints: ['For a pipe: tasks monitor --json', 'For example: --record=monitor.jsonl'],
    });
  if (!args.html && (args.port !== undefined || args.open))
    throw new UsageError(`${args.open ? '--open' : '--port'} is for the page`, { hints: ['Add --html'] });
  const intervalMs = parseTime('--interval', args.interval);
  return {
    address: parseHostAddress(args.host, args.pmcd),
    choices: args.metrics === undefined ? undefined : parseChoices(args.metrics),
    intervalMs,
    count: seconds === undefined ? count : Math.max(1, Math.round((seconds * 1000) / intervalMs)),
    program: during === undefined ? undefined : watchedProgram(during),
    record: record === undefined ? undefined : { path: resolve(cwd, record), displayName: record },
    page: args.html ? { port: args.port ?? 0, opens: args.open } : undefined,
  };
}

/** `tasks …` is this very program, wherever PATH leads. */
function watchedProgram(line: string): WatchedProgram {
  const [program, ...rest] = splitCommand(line, '--during');
  const [, own = 'tasks'] = process.argv;
  const command: Command = {
    argv: program === 'tasks' ? [process.execPath, ...process.execArgv, own, ...rest] : [program, ...rest],
  };
  return { line, command };
}
