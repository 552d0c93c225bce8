import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDirectory } from '../../faasm/directories.ts';
import { loadSettings } from '../../faasm/settings.ts';
import type { Candidate, ValueRequest } from '../../runner/completion.ts';
import { callsInFile, clusterOfFile, lastCallFolder } from '../planner/last-call.ts';
import type { ValuePlace } from './live-values.ts';

/** The ids of recent calls, to the given cluster or to any. */
export async function callIds({ given }: ValueRequest, { env }: ValuePlace): Promise<readonly Candidate[]> {
  const folder = lastCallFolder(env);
  const host = given['planner-host'] === 'localhost' ? '127.0.0.1' : given['planner-host'];
  const port = given['planner-port'];
  const names = (await readdir(folder)).filter((name) => {
    const cluster = clusterOfFile(name);
    const isMeant =
      (host ?? cluster?.host) === cluster?.host && Number(port ?? cluster?.port) === cluster?.port;
    return cluster !== undefined && isMeant;
  });
  const calls = await Promise.all(
    names.map(async (name) => await callsInFile(join(folder, name)).catch(() => [])),
  );
  return calls.flat().map(({ callId, user, func }) => ({ value: String(callId), help: `${user}/${func}` }));
}

/** The planners that the settings name, that were called before, or that were started here: hosts, or ports. */
export async function planners(what: 'host' | 'port', { env, cwd }: ValuePlace): Promise<string[]> {
  const settings = await loadSettings({ env, cwd });
  const state = stateDirectory(env);
  const files = async (folder: string): Promise<string[]> => await readdir(folder).catch(() => []);
  const called = (await files(lastCallFolder(env))).flatMap((name) => clusterOfFile(name) ?? []);
  const started = (await files(state)).flatMap((name) => {
    const [, rest] = /^planner-(.+)\.pid$/.exec(name) ?? [];
    return rest === undefined ? [] : (clusterOfFile(`${rest}.json`) ?? []);
  });
  const set = { host: settings.value('plannerHost'), port: settings.value('plannerPort') };
  return [...new Set([set, ...called, ...started].map((cluster) => String(cluster[what])))];
}
