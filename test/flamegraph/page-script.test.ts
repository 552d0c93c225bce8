import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pageScriptModule, pageScripts } from '../../scripts/build_page_script.ts';
import { pageScript } from '../../src/flamegraph/page-script.ts';

test('the committed script is the one its sources give (npx tsx scripts/build_page_script.ts)', async () => {
  const path = new URL('../../src/flamegraph/page-script.ts', import.meta.url);
  assert.ok(
    readFileSync(path, 'utf8') === (await pageScriptModule(pageScripts.flamegraph)),
    'page-script.ts is stale',
  );
});

test('the script can stand in a CDATA section and adds little to a picture', () => {
  assert.not.match(pageScript, ']]>');
  assert.ok(pageScript.length < 20_480, `${pageScript.length} characters`);
});

test.run();
