import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.ts';

/** Makes a git repository that stands for LLVM's: tags llvmorg-13.0.1 and llvmorg-14.0.6 on commits of their own. */
export function standInRepository(folder: string): void {
  const git = (...args: string[]): void => {
    const who = [
      '-c',
      'user.name=LLVM',
      '-c',
      'user.email=llvm@example.org',
      '-c',
      'init.defaultBranch=main',
    ];
    const done = spawnSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`git ${args.join(' ')}: ${done.stderr}`);
  };
  cpSync(join(root, 'test/programs/llvm-stand-in'), folder, { recursive: true });
  git('init', '--quiet');
  const lists = join(folder, 'llvm', 'CMakeLists.txt');
  const text = readFileSync(lists, 'utf8');
  for (const [major, tag] of [
    [13, 'llvmorg-13.0.1'],
    [14, 'llvmorg-14.0.6'],
    [15, 'llvmorg-15-init'],
  ] as const) {
    writeFileSync(lists, text.replace('LLVM_VERSION_MAJOR 14', `LLVM_VERSION_MAJOR ${major}`));
    git('add', '.');
    git('commit', '--quiet', '--allow-empty', '-m', tag);
    git('tag', tag);
  }
}
