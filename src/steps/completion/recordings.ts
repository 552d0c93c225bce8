import { open, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Candidate } from '../../runner/completion.ts';
import type { ValuePlace } from './live-values.ts';

/** The first bytes of a perf.data file (tools/perf/util/header.c), of a recording and of a pipe's. */
const perfMagic = 'PERFILE2';
/** A folder with more files than this is not searched for recordings. */
const mostFiles = 400;

/** Recordings: perf.data files of the current folder whatever they are called, and the run folders that --keep left. */
export async function recordings({ env, cwd }: ValuePlace): Promise<readonly Candidate[]> {
  const [here, kept] = await Promise.all([recordedHere(cwd), keptRuns(env['TMPDIR'] || tmpdir())]);
  return [...here, ...kept];
}

async function recordedHere(cwd: string): Promise<Candidate[]> {
  const entries = await readdir(cwd, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  if (files.length > mostFiles) return [];
  const found = files.map(async ({ name }) => ((await isPerfData(join(cwd, name))) ? [{ value: name }] : []));
  return (await Promise.all(found)).flat();
}

async function keptRuns(folder: string): Promise<Candidate[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('faasm-tasks-'));
  const found = names.map(async (name) => {
    const path = join(folder, name);
    const inside = await readdir(path).catch(() => []);
    const isRun = inside.some((file) => file === 'perf.data' || file.endsWith('.cpuprofile'));
    return isRun ? [{ value: path, help: 'kept by --keep' }] : [];
  });
  return (await Promise.all(found)).flat();
}

async function isPerfData(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(perfMagic.length), 0, perfMagic.length, 0);
    await file.close();
    return buffer.toString('latin1') === perfMagic;
  } catch {
    return false;
  }
}
