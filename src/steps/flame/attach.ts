import { readdir, readFile } from 'node:fs/promises';
import { TaskError, UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';

/** What runs already, as it is typed; one of the four. */
interface AttachArgs {
  readonly pid: string | undefined;
  readonly tid: string | undefined;
  readonly name: string | undefined;
  readonly allCpus: boolean;
}

/** What `perf record` attaches to. */
interface Attachment {
  readonly attach: readonly string[];
  /** For people: `process 1234 (redis-server)`. */
  readonly title: string;
}

interface RunningProcess {
  readonly pid: number;
  /** The kernel's name of it, 15 bytes at most. */
  readonly comm: string;
  /** Its argv, blank between the words. */
  readonly line: string;
}

const MOST_NAMED = 3;

/** @throws UsageError for what is no number or pattern; TaskError for what does not run */
export async function attachment({ pid, tid, name, allCpus }: AttachArgs): Promise<Attachment> {
  if (allCpus) return { attach: ['-a'], title: 'the whole machine' };
  if (tid !== undefined) {
    const ids = numbers(tid, '--tid');
    for (const id of ids) {
      if ((await processAt(id)) === undefined) throw notThere(`There is no thread ${id}`, []);
    }
    return { attach: ['-t', ids.join(',')], title: `thread ${ids.join(', ')}` };
  }
  const found = pid === undefined ? await byName(name ?? '') : await byPid(pid);
  const named = found.slice(0, MOST_NAMED).map(({ pid: id, comm }) => `${id} (${comm})`);
  const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
  const noun = found.length === 1 ? 'process' : 'processes';
  return {
    attach: ['-p', found.map(({ pid: id }) => id).join(',')],
    title: `${noun} ${named.join(', ')}${more}`,
  };
}

async function byPid(text: string): Promise<RunningProcess[]> {
  const found: RunningProcess[] = [];
  for (const id of numbers(text, '--pid')) {
    const process = await processAt(id);
    if (process === undefined) throw notThere(`There is no process ${id}`, []);
    found.push(process);
  }
  return found;
}

/** Processes whose name, else whose command line, the pattern finds; not this one, nor what it was started by. */
async function byName(pattern: string): Promise<RunningProcess[]> {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    throw new UsageError(`--name is a regular expression, which ${JSON.stringify(pattern)} is not`);
  }
  const ours = await ancestors();
  const all = (await runningProcesses()).filter((one) => !ours.has(one.pid) && one.line !== '');
  const named = all.filter(({ comm }) => expression.test(comm));
  const found = named.length > 0 ? named : all.filter(({ line }) => expression.test(line));
  if (found.length > 0) return found;
  const names = [...new Set(all.map(({ comm }) => comm))];
  throw notThere(`No process has a name or a command line like ${JSON.stringify(pattern)}`, [
    ...didYouMean(pattern, names),
  ]);
}

function notThere(message: string, hints: readonly string[]): TaskError {
  return new TaskError(message, { hints: [...hints, 'What runs: ps -e -o pid,comm,args'] });
}

function numbers(text: string, flag: string): number[] {
  const ids = text.split(',').map((word) => word.trim());
  if (ids.every((word) => /^[1-9]\d{0,9}$/.test(word))) return ids.map(Number);
  throw new UsageError(`${flag} takes a number or several: ${flag}=1234 or ${flag}=1234,1240`, {
    hints: ['By name: --name=redis-server'],
  });
}

async function runningProcesses(): Promise<RunningProcess[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(ids.map(async (id) => await processAt(Number(id))));
  return found.filter((one) => one !== undefined);
}

/** Threads have folders of their own that are not listed. */
async function processAt(pid: number): Promise<RunningProcess | undefined> {
  try {
    const comm = (await readFile(`/proc/${pid}/comm`, 'utf8')).trimEnd();
    const line = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trimEnd();
    return { pid, comm, line };
  } catch {
    return undefined;
  }
}

async function ancestors(): Promise<Set<number>> {
  const ids = new Set<number>();
  for (let pid = process.pid; pid > 1 && !ids.has(pid); ) {
    ids.add(pid);
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    pid = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return ids;
}
