import { outputOf, timed } from './child.ts';
import type { Ratio } from './claim.ts';

const wantedSamples = 1000;
const margin = 1.3;
const rounds = 7;
const hertz = 999;

/** `tasks flame` without its step that records, against the bare runtime. */
export function flameClaim(folder: string, tasks: string): Ratio {
  const flame = (reps: number) => {
    const args = [
      'flame',
      'demo',
      'echo',
      `--reps=${reps}`,
      `--frequency=${hertz}`,
      '--sampler=perf',
      '--json',
    ];
    const { seconds } = timed(folder, [process.execPath, tasks, ...args], 'flame');
    return { ...outcomeOf(outputOf(folder, 'flame').toString()), seconds };
  };
  // How long a call takes is the machine's, and changes with what else it does.
  const first = flame(wantedSamples / 2);
  const reps = Math.ceil(((wantedSamples / 2) * wantedSamples * margin) / first.samples);
  const ours: number[] = [];
  const theirs: number[] = [];
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(timed(folder, [process.execPath, '-e', '0']).seconds);
    const run = flame(reps);
    ours.push(run.seconds - run.recordingSeconds);
    samples.push(run.samples);
  }
  return {
    name: `tasks flame without its perf record, ${Math.min(...samples)} to ${Math.max(...samples)} samples`,
    oursSeconds: Math.min(...ours),
    theirsSeconds: Math.min(...theirs),
    against: 'node -e 0',
    atLeast: 1 / 4,
    wanted: 1 / 2,
  };
}

/** How many samples there were, and how long the step `Record …` took, from the lines of --json. */
function outcomeOf(text: string): { readonly samples: number; readonly recordingSeconds: number } {
  let title = '';
  let recordingSeconds = 0;
  let samples = 0;
  for (const line of text.trim().split('\n')) {
    const event: { event?: string; title?: string; seconds?: number; samples?: number } = JSON.parse(line);
    if (event.event === 'step-started') title = event.title ?? '';
    if (event.event === 'step-done' && title.startsWith('Record ')) recordingSeconds = event.seconds ?? 0;
    if (event.event === 'result') samples = event.samples ?? 0;
  }
  if (samples === 0 || recordingSeconds === 0) throw new Error(`tasks flame said: ${text}`);
  return { samples, recordingSeconds };
}
