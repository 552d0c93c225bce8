import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import type { Viewer } from '../../flamegraph/formats.ts';
import type { TaskContext } from '../../runner/context.ts';

/**
 * Shows a result: in speedscope's own viewer (from its npm package, offline) or with the desktop's opener; Firefox's viewer is
 * a website, and nobody's profile is sent there unasked. A machine that cannot is no failure: the file is there.
 */
export async function openResult(path: string, viewer: Viewer, context: TaskContext): Promise<void> {
  if (viewer === 'firefox') {
    const text = `to look at it: open https://profiler.firefox.com and drop ${path} there (it stays on this machine)`;
    return context.output.emit({ event: 'note', text });
  }
  const opener = await openerFor(viewer);
  if (opener === undefined) {
    const hints = ['sudo apt-get install xdg-utils', `Or open it yourself: ${path}`];
    context.output.emit({
      event: 'warning',
      message: 'Could not open the result: xdg-open is not installed',
      hints,
    });
    return;
  }
  const [program = '', ...args] = opener;
  const child = spawn(program, [...args, path], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}

async function openerFor(viewer: Viewer): Promise<string[] | undefined> {
  if (viewer === 'desktop') {
    const program = (await findOnPath('xdg-open')) ?? (await findOnPath('open'));
    return program === undefined ? undefined : [program];
  }
  const manifest = createRequire(import.meta.url).resolve('speedscope/package.json');
  return [process.execPath, join(dirname(manifest), 'bin', 'cli.mjs')];
}
