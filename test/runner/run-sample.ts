import { Writable } from 'node:stream';
import { type Program, runProgram } from '../../src/runner/program.ts';
import { trusted } from '../../src/util/brand.ts';
import { calls, loaded, sampleTree } from './sample-tree.ts';

interface SampleRun {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly { readonly task: string; readonly args: unknown }[];
  readonly loaded: readonly string[];
}

/** Runs a command line against the sample tree in this process. */
export async function runSample(...argv: string[]): Promise<SampleRun> {
  calls.length = 0;
  loaded.length = 0;
  const run = await runTree(sampleTree, ...argv);
  return { ...run, calls: [...calls], loaded: [...loaded] };
}

type TreeRun = Pick<SampleRun, 'exit' | 'stdout' | 'stderr'>;

/** Runs a command line against any tree in this process. */
export async function runTree(tree: Program['tree'], ...argv: string[]): Promise<TreeRun> {
  const [stdout, stderr] = [sink(), sink()];
  const exit = await runProgram(
    { version: () => '1.2.3', tree },
    {
      argv,
      env: { PATH: process.env['PATH'] },
      cwd: '/',
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: new AbortController().signal,
    },
  );
  return { exit, stdout: stdout.text(), stderr: stderr.text() };
}

function sink(): { stream: NodeJS.WriteStream; text: () => string } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream: trusted<NodeJS.WriteStream>(stream), text: () => text };
}
