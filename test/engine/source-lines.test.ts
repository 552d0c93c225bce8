import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FunctionHost } from '../../src/engine/function-host.ts';
import { noClang } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { compiled, scratch } from '../wasm/lines/compiled.ts';

const include = fileURLToPath(new URL('../../functions/include/', import.meta.url));
const built = unless(noClang, test);

const SOURCE = `#include "faasm.h"
static volatile int zero = 0;
KEEP_FRAME int divide(int a) {
  return a / zero;
}
KEEP_FRAME void look(void) {
  __faasm_backtrace(0);
}
int main(void) {
  look();
  return divide(
    1);
}
`;

for (const tagNames of [false, true]) {
  const how = tagNames ? 'under a profiler, where the module is edited' : 'as it is';
  built(`traps and backtraces say file and line, the module ${how}`, async () => {
    const folder = scratch();
    try {
      const place = join(folder, 'wasm', 'demo', 'lines');
      mkdirSync(place, { recursive: true });
      const flags = ['-g', '-O1', `-I${include}`, '-Wl,--stack-first', '-Wl,--no-check-features'];
      compiled(place, 'function', SOURCE, flags);
      const printed: string[] = [];
      const host = await FunctionHost.open('demo', 'lines', {
        env: { FAASM_LOCAL_DIR: folder },
        output: { stdout: (bytes) => printed.push(Buffer.from(bytes).toString()), stderr: () => undefined },
        warn: () => undefined,
        tagNames,
      });
      const { failure } = host.run(host.instantiate(), { input: Buffer.from(''), args: [] });
      assert.match(failure ?? '', /trapped: divide by zero\n {2}in divide \(function\.c:4\)$/m);
      assert.match(
        printed.join(''),
        /\nwasm!\S+!look\+0x\w+ \(function\.c:7\)\nwasm!\S+!__original_main\+0x\w+ \(function\.c:10\)\nwasm!\S+!_start\+/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test.run();
