import { UsageError } from '../util/errors.ts';

/** Commands of faasmctl, which sets clusters up and looks after them: what each is about, and what does the same here. */
const faasmctl: Readonly<Record<string, readonly [about: string, ...here: string[]]>> = {
  cli: ["shells in a cluster's containers"],
  delete: ['the end of a cluster'],
  deploy: ['clusters of containers', 'A planner on this machine: tasks planner.start --background'],
  logs: ["the logs of a cluster's containers", 'What a call did: tasks invoke.status'],
  restart: ["the restart of a cluster's services"],
  s3: ["a cluster's buckets", 'Functions and state to a cluster: tasks upload, tasks state.upload'],
  scale: ['the number of workers of a cluster'],
  status: ['the state of a cluster', 'The planner: tasks planner.status'],
};

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
  const [about, ...here] = (Object.hasOwn(faasmctl, namespace) ? faasmctl[namespace] : undefined) ?? [];
  if (about !== undefined) {
    return new UsageError(`${name} is faasmctl's: tasks does not look after ${about}`, {
      hints: [...here, `The original: faasmctl ${name}`],
    });
  }
  if (!Object.hasOwn(elsewhere, namespace)) return undefined;
  return new UsageError(`${name} is out of scope: tasks does not look after ${elsewhere[namespace]}`, {
    hints: [
      `The original, in a checkout of Faasm: inv ${name}`,
      'Your own task of that name joins the tree: docs/your-own-tasks.md',
    ],
  });
}
