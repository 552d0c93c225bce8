import { UsageError } from '../util/errors.ts';

/** The last release of each major version: what `release/N.x` ended with. */
const LAST_RELEASES: Readonly<Record<number, string>> = {
  9: '9.0.1',
  10: '10.0.1',
  11: '11.1.0',
  12: '12.0.1',
  13: '13.0.1',
  14: '14.0.6',
  15: '15.0.7',
  16: '16.0.6',
  17: '17.0.6',
  18: '18.1.8',
  19: '19.1.7',
  20: '20.1.8',
};

/** The first release of a major version has been N.1.0 since 18. */
const FIRST_WITH_ONE = 18;

/** LLVM's git tag for a major version: that of its last release, as far as is known here. */
export function releaseTag(major: number): string {
  return `llvmorg-${LAST_RELEASES[major] ?? `${major}.${major >= FIRST_WITH_ONE ? 1 : 0}.0`}`;
}

/** The major version in a tag of LLVM's. @throws UsageError for another kind of name. */
export function majorOfTag(tag: string): number {
  const major = /^llvmorg-(\d{1,3})\.\d/.exec(tag)?.[1] ?? /^llvmorg-(\d{1,3})-init$/.exec(tag)?.[1];
  if (major !== undefined) return Number(major);
  throw new UsageError(`${JSON.stringify(tag)} is not one of LLVM's release tags`, {
    hints: ['For example: --tag=llvmorg-17.0.6', 'A branch or commit of your own: --source=DIR'],
  });
}

/** The major version that LLVM's own CMake files (CMakeLists.txt, since 19 LLVMVersion.cmake) set. */
export function majorOfSources(texts: readonly string[]): number | undefined {
  for (const text of texts) {
    const major = /^\s*set\s*\(\s*LLVM_VERSION_MAJOR\s+(\d+)\s*\)/im.exec(text)?.[1];
    if (major !== undefined) return Number(major);
  }
  return undefined;
}
