import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { loadSettings } from '../../faasm/settings.ts';
import type { ValuePlace } from './live-values.ts';

// CMake writes CMakeFiles/TargetDirectories.txt into every build directory, whatever the generator: a line a target,
// `/build/src/CMakeFiles/func_runner.dir`. That is a few kilobytes where build.ninja has tens of megabytes, and is there
// where the File API was not asked. Ninja's and Make's own targets are in neither.

/** What every generator understands besides. */
const always = ['all', 'clean', 'install', 'test'];
/** Helpers of CMake itself that nobody builds by name. */
const helpers =
  /^(edit_cache|rebuild_cache|list_install_components|install\/.*|Continuous.*|Experimental.*|Nightly.*)$/;

/** The targets of the build directory that the settings name; none where nothing was configured. */
export async function buildTargets({ env, cwd }: ValuePlace): Promise<string[]> {
  const buildDir = (await loadSettings({ env, cwd })).value('buildDir');
  const text = await readFile(join(buildDir, 'CMakeFiles', 'TargetDirectories.txt'), 'utf8');
  const names = text.split('\n').flatMap((line) => (line.endsWith('.dir') ? [basename(line, '.dir')] : []));
  return [...always, ...names.filter((name) => !helpers.test(name))];
}
