import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noPerf, noTmux } from '../support/machine.ts';
import { root, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

const test = suite('terminal');
const add = unless(noTmux, test);
const tasks = `${process.execPath} ${join(root, 'dist', 'tasks.js')}`;

add("steps are live on a terminal: what runs, what is to come, the child's last lines", async () => {
  const box = await sandbox();
  const terminal = openTerminal(box.cwd, box.env);
  try {
    terminal.type(`clear; ${tasks} flame demo echo --reps=3000 --data=foobar`);
    const live = await terminal.waitFor(/[⠀-⣿] Record 3000 calls[^\n]*\n +› Running demo\/echo/);
    assert.match(live, /✔ Names of demo\/echo: \d+ functions/);
    assert.match(live, /◼ Draw the graph/);
    assert.ok(terminal.isCursorHidden(), 'a live view hides the cursor');
    const done = await terminal.waitFor(/Hottest functions[\s\S]*\n\$/);
    assert.match(done, /✔ Wrote flame\.svg/);
    assert.match(done, /wasm +crc_step/);
    assert.not.match(done, /Running demo\/echo/, 'child output goes when its step is done');
    assert.not.ok(terminal.isCursorHidden(), 'the cursor is back');
  } finally {
    terminal.close();
    await box.remove();
  }
});

unless(noTmux ?? noPerf, test)(
  'Ctrl-C twice in the middle: children end, no half-written file, exit 130, the cursor is back',
  async () => {
    const box = await sandbox();
    const terminal = openTerminal(box.cwd, box.env);
    const program =
      "require('fs').writeFileSync('pid', String(process.pid)); process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)";
    await writeFile(box.file('wait.js'), program);
    try {
      terminal.type(`clear; ${tasks} flame demo echo --cmd "${process.execPath} wait.js"; echo "exit: $?"`);
      await terminal.waitFor(/› up/);
      terminal.press('C-c');
      await terminal.waitFor(/ending/);
      terminal.press('C-c');
      const done = await terminal.waitFor(/exit: \d+/);
      assert.match(done, /exit: 130/);
      assert.match(done, /interrupted/);
      assert.not.ok(terminal.isCursorHidden(), 'the cursor is back');
      const pid = Number(await readFile(box.file('pid'), 'utf8'));
      assert.throws(() => process.kill(pid, 0), /ESRCH/);
      assert.equal((await readdir(box.cwd)).sort(), ['pid', 'wait.js']);
      assert.equal(await box.leftovers(), []);
    } finally {
      terminal.close();
      await box.remove();
    }
  },
);

add('an error on a terminal is shown once, with what to type', async () => {
  const box = await sandbox();
  const terminal = openTerminal(box.cwd, box.env);
  try {
    terminal.type(`clear; ${tasks} flame demo trap; echo "exit: $?"`);
    const done = await terminal.waitFor(/exit: \d+/);
    assert.match(done, /Record one call.*: it ended badly/);
    assert.is(done.match(/error:/g)?.length, 1);
    assert.match(done, /Run it by hand/);
  } finally {
    terminal.close();
    await box.remove();
  }
});

test.run();
