import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderPprof } from '../../src/flamegraph/pprof.ts';
import { renderSpeedscope } from '../../src/flamegraph/speedscope.ts';
import { demo } from '../flamegraph/trees.ts';
import { noChromium } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { Chromium } from './chromium.ts';

const viewer = pathToFileURL(
  createRequire(import.meta.url).resolve('speedscope/dist/release/index.html'),
).href;

unless(noChromium, test)("speedscope's own importer takes the profile", async () => {
  await using browser = await Chromium.start();
  const profile = [...renderSpeedscope(demo, { title: 'demo/echo' })].join('');
  // How speedscope's command line hands over a local file: a script that calls its loader.
  const script = await browser.file(
    'profile.js',
    `speedscope.loadFileFromBase64('echo.speedscope.json', '${Buffer.from(profile).toString('base64')}')`,
  );
  const page = await browser.open(`${viewer}#localProfilePath=${new URL(script).pathname}`);
  await page.waitForFunction(`document.title.includes('demo/echo')`);
  const text = await page.evaluate<string>(`document.body.innerText`);
  assert.not.match(text, /Something went wrong|Unrecognized format/);
});

unless(noChromium, test)("speedscope's importer of pprof takes ours, functions and all", async () => {
  await using browser = await Chromium.start();
  const profile = Buffer.from(await renderPprof(demo, { title: 'demo/echo' })).toString('base64');
  const script = await browser.file(
    'profile.js',
    `speedscope.loadFileFromBase64('echo.pb.gz', '${profile}')`,
  );
  const page = await browser.open(`${viewer}#localProfilePath=${new URL(script).pathname}`);
  await page.waitForFunction(`document.title.includes('echo.pb.gz')`);
  // The table of the Sandwich view is text; graphs are painted.
  await page.keyboard.press('3');
  await page.waitForFunction(`document.body.innerText.includes('checksum(unsigned char const*)')`);
  const text = await page.evaluate<string>(`document.body.innerText`);
  assert.match(text, /validate/);
  assert.match(text, /400/);
  assert.not.match(text, /Something went wrong|Unrecognized format/);
});

test.run();
