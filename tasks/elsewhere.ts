import { UsageError } from '../src/util/errors.ts';

interface Elsewhere {
  /** What its tasks are about: `container images`. */
  readonly about: string;
  /** The program or the repository that has them, for the name that was typed. */
  readonly hint: (word: string) => string;
}

const inFaasm = (about: string, hint?: string): Elsewhere => ({
  about,
  hint: (word) => hint ?? `Faasm's own tree has it: inv ${word}, in a checkout`,
});
const sibling = (about: string, name: string, more = ''): Elsewhere => ({
  about,
  hint: () => `It belongs to another repository: https://github.com/faasm/${name}${more}`,
});
const faasmctl = (words: string): string => `faasmctl does that: faasmctl ${words}`;

/** Namespaces that people of Faasm's world type, and that are none of ours. */
const namespaces: ReadonlyMap<string, Elsewhere> = new Map([
  ['ansible', inFaasm('machines of a cluster', 'This machine: tasks setup')],
  [
    'cluster',
    inFaasm('clusters in Docker', `${faasmctl('deploy.compose')}. Without Docker: tasks planner.start`),
  ],
  ['docker', inFaasm('container images')],
  ['docs', inFaasm("the pages of Faasm's documentation")],
  ['format-code', inFaasm('the format of source code')],
  ['git', inFaasm('versions and releases')],
  ['k8s', inFaasm('clusters on Kubernetes', faasmctl('deploy.k8s'))],
  ['knative', inFaasm('clusters on Kubernetes', faasmctl('deploy.k8s'))],
  ['network', inFaasm('network namespaces')],
  ['sgx', inFaasm('enclaves of a machine', 'A build with enclaves: tasks dev.cmake --sgx=Simulation')],
  ['cpython', sibling('the Python interpreter in WebAssembly', 'python')],
  ['func', sibling('building functions', 'cpp', '. To call one: tasks invoke USER FUNC')],
  ['libs', sibling('libraries for WebAssembly', 'cpp')],
  ['toolchain', sibling('compilers for WebAssembly', 'cpp')],
  ['vm', sibling('virtual machines in a cloud', 'experiment-base')],
]);

/** What to say of a name that other tools around Faasm have; undefined for one that nobody knows. */
export function knownElsewhere(word: string): UsageError | undefined {
  const [head = ''] = word.replaceAll('_', '-').split('.');
  const known = namespaces.get(head);
  if (known === undefined) return undefined;
  return new UsageError(`${word} is not part of tasks, which leaves this to others: ${known.about}`, {
    hints: [
      known.hint(word),
      `Or write it yourself: tasks/${head}.ts in your checkout, see docs/your-own-tasks.md`,
    ],
  });
}
