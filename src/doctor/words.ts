import { dirname } from 'node:path';
import type { Finding } from './check.ts';
import type { Host } from './host.ts';

/** The first dotted number in what a program prints about itself. */
export function versionIn(text: string): string | undefined {
  return /\b\d+\.\d+(?:\.\d+)*/.exec(text)?.[0];
}

/** Bytes for people: `12 GiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount >= 10 || unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

/** The nearest folder at or above a path that exists. */
export async function nearestFolder(host: Host, path: string): Promise<string> {
  let folder = path;
  while ((await host.facts(folder)) === undefined && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** A program that is only asked for its version. */
export async function versionOf(
  host: Host,
  name: string,
  packages: readonly string[],
  wanted: string,
): Promise<Finding> {
  const path = await host.which(name);
  if (path === undefined) {
    return { state: 'missing', found: 'not installed', wanted, fix: { kind: 'packages', names: packages } };
  }
  const { exitCode, text } = await host.program([path, '--version']);
  const [line = ''] = text.trim().split('\n');
  if (exitCode === 0) return { state: 'ok', found: `${versionIn(text) ?? line} (${path})` };
  return {
    state: 'broken',
    found: `${path} --version failed: ${line === '' ? 'it said nothing' : line}`,
    wanted,
    fix: { kind: 'packages', names: packages },
  };
}
