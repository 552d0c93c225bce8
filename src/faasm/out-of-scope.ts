import { UsageError } from '../util/errors.ts';

/** Tasks of Faasm's own trees that this program leaves to them: what each namespace is about. */
const elsewhere: Readonly<Record<string, string>> = {
  cluster: "the containers of Faasm's development cluster",
  docker: "Faasm's container images",
  docs: "Faasm's own documentation",
  'format-code': "the layout of Faasm's sources",
  git: "Faasm's versions and releases",
  k8s: "Faasm's Kubernetes cluster",
  network: 'network namespaces',
  sgx: 'what a machine can do with SGX',
};

/**
 * Why a name of Faasm's `inv` tree is no task here: container, release and cloud tasks are out of scope. Names the original,
 * and how to have one's own. Undefined for every other name.
 */
export function outOfScope(word: string): UsageError | undefined {
  const name = word.replaceAll('_', '-');
  const [namespace = ''] = name.split('.');
  if (!Object.hasOwn(elsewhere, namespace)) return undefined;
  return new UsageError(`${name} is out of scope: tasks does not look after ${elsewhere[namespace]}`, {
    hints: [
      `The original, in a checkout of Faasm: inv ${name}`,
      'Your own task of that name joins the tree: docs/your-own-tasks.md',
    ],
  });
}
