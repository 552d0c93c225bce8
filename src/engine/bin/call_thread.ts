import { parentPort, workerData } from 'node:worker_threads';
import { trusted } from '../../util/brand.ts';
import { CallThread } from '../call-thread.ts';
import type { ThreadJob, ThreadStart } from '../thread-messages.ts';

// A worker thread of the embedded planner: started with a ThreadStart, sent one ThreadJob after the other.

/** Deep enough for the call chains of real programs in a trap's message. */
const STACK_FRAMES = 64;

Error.stackTraceLimit = STACK_FRAMES;
const thread = new CallThread(trusted<ThreadStart>(workerData));
parentPort?.on('message', (job: ThreadJob) => {
  thread.run(job);
});
