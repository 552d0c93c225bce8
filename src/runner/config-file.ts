import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ParseError } from 'jsonc-parser';
import { errnoOf, messageOf, UsageError } from '../util/errors.ts';
import type { Config } from './define.ts';
import type { Output } from './output.ts';

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
