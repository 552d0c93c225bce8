import { Writable } from 'node:stream';
import { runProgram } from '../../src/runner/index.ts';
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
  const [stdout, stderr] = [sink(), sink()];
  const exit = await runProgram(
    { version: () => '1.2.3', tree: sampleTree },
    {
      argv,
      env: {},
      cwd: '/',
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: new AbortController().signal,
    },
  );
  return { exit, stdout: stdout.text(), stderr: stderr.text(), calls: [...calls], loaded: [...loaded] };
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
