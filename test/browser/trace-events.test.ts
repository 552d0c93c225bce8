import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { traceEvents } from '../../src/execgraph/trace-events.ts';
import { mapReduceRun } from '../execgraph/runs.ts';
import { noChromium } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { Chromium } from './chromium.ts';

const viewer = pathToFileURL(
  createRequire(import.meta.url).resolve('speedscope/dist/release/index.html'),
).href;

unless(noChromium, test)("speedscope's importer of trace events takes the export", async () => {
  await using browser = await Chromium.start();
  const trace = JSON.stringify(traceEvents(measureGraph(mapReduceRun(80, 2))));
  const script = await browser.file(
    'trace.js',
    `speedscope.loadFileFromBase64('run.trace.json', '${Buffer.from(trace).toString('base64')}')`,
  );
  const page = await browser.open(`${viewer}#localProfilePath=${new URL(script).pathname}`);
  // A profile a thread: all rows of both hosts.
  const threads = trace.match(/"thread_name"/g)?.length ?? 0;
  await page.waitForFunction(
    `document.body.innerText.includes('10.0.0.1 (pid 1), row 1 (tid 1) (1/${threads})')`,
  );
  const text = await page.evaluate<string>(`document.body.innerText`);
  assert.not.match(text, /Something went wrong|Unrecognized format/);
  assert.equal(browser.complaints, []);
});

test.run();
