import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ParseError } from 'jsonc-parser';
import { errnoOf, messageOf, TaskError, UsageError } from '../util/errors.ts';
import type { CoreArgs } from './core-flags.ts';
import type { Config } from './define.ts';
import type { Output } from './output.ts';

/** How child commands are run, and calls of tasks. */
export interface RunSettings {
  /** Print child commands before they run. */
  readonly echo: boolean;
  /** Print child commands, run nothing. */
  readonly dry: boolean;
  /** Which of a child's streams nobody wants to see. */
  readonly hide: 'out' | 'err' | 'both' | undefined;
  /** Give children a terminal of their own. */
  readonly pty: boolean;
  /** A child that fails is reported, and the line goes on. */
  readonly warn: boolean;
  /** Children that take longer are ended. */
  readonly timeoutSeconds: number | undefined;
  /** A call that the line has twice runs once; said for the whole line. */
  readonly dedupe: boolean;
}

/** Lays settings over one another, the last on top; objects are merged, anything else is replaced. */
export function merged(configs: readonly Config[]): Config {
  const result: Record<string, unknown> = {};
  for (const config of configs) {
    for (const [key, value] of Object.entries(config)) {
      const below = result[key];
      result[key] = isConfig(below) && isConfig(value) ? merged([below, value]) : value;
    }
  }
  return result;
}

/**
 * What flags and configuration say together; a flag on the line wins. The keys are Invoke's: `run.echo`, `run.dry`,
 * `run.hide`, `run.pty`, `run.warn`, `timeouts.command`, `tasks.dedupe`. @throws TaskError naming a key whose value makes no sense.
 */
export function runSettings(config: Config, core: CoreArgs): RunSettings {
  const run = section(config, 'run');
  const isOn = (key: string): boolean => isTrue(`run.${key}`, run[key] ?? false);
  return {
    echo: core.echo || isOn('echo'),
    dry: core.dry || isOn('dry'),
    hide: hidden(core.hide ?? run['hide']),
    pty: core.pty || isOn('pty'),
    warn: core.warnOnly || isOn('warn'),
    timeoutSeconds: core.commandTimeout ?? timeout(section(config, 'timeouts')['command']),
    dedupe: !core.noDedupe && isTrue('tasks.dedupe', section(config, 'tasks')['dedupe'] ?? true),
  };
}

function isTrue(key: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrong(key, value, 'true or false');
  return value;
}

function hidden(value: unknown): RunSettings['hide'] {
  switch (value) {
    case undefined:
    case null:
    case false:
      return undefined;
    case 'out':
    case 'stdout':
      return 'out';
    case 'err':
    case 'stderr':
      return 'err';
    case 'both':
    case true:
      return 'both';
    default:
      throw wrong('run.hide', value, 'out, err or both');
  }
}

function timeout(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !(value >= 0)) throw wrong('timeouts.command', value, 'seconds');
  return value;
}

function section(config: Config, key: string): Config {
  const value = config[key] ?? {};
  if (!isConfig(value)) throw wrong(key, value, 'an object');
  return value;
}

function wrong(key: string, value: unknown, what: string): TaskError {
  return new TaskError(`The setting ${key} is ${what}, not ${JSON.stringify(value)}`);
}

function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the file that `--config` names: an object in JSON, comments allowed. One that is not there is reported and left out, as Invoke does. @throws UsageError. */
export async function configFile(path: string | undefined, cwd: string, output: Output): Promise<Config> {
  if (path === undefined) return {};
  let text: string;
  try {
    text = await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      throw new UsageError(`Could not read --config ${path}: ${messageOf(error)}`);
    output.emit({ event: 'warning', message: `--config ${path}: there is no such file`, hints: [] });
    return {};
  }
  const { parse, printParseErrorCode } = await import('jsonc-parser');
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    const line = text.slice(0, first.offset).split('\n').length;
    throw new UsageError(`--config ${path}, line ${line}: ${printParseErrorCode(first.error)}`, {
      hints: ['The file is an object in JSON: {"run": {"echo": true}, "timeouts": {"command": 60}}'],
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`--config ${path} holds no object`, {
      hints: ['For example: {"run": {"echo": true}}'],
    });
  }
  return { ...value };
}
