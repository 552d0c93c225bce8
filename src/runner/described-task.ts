import type { FoundTask, ListedTask, TaskFacts, TaskTree } from './tree.ts';

/** A task beside what stands around it. */
export interface DescribedTask {
  readonly found: FoundTask;
  readonly task: TaskFacts;
  /** What one may want next: what the task names itself, else its neighbours. */
  readonly related: readonly ListedTask[];
}

const MOST_NEIGHBOURS = 5;

/** Looks up what belongs to a task's help. A related task that does not exist is left out. */
export async function describedTask(found: FoundTask, tree: TaskTree): Promise<DescribedTask> {
  const { task, fullName } = found;
  const all = await tree.list();
  const named = task.related?.flatMap((name) => all.find((listed) => listed.fullName === name) ?? []);
  const space = fullName.slice(0, fullName.lastIndexOf('.') + 1);
  const isNeighbour = (name: string): boolean =>
    name !== fullName && name.startsWith(space) && !name.slice(space.length).includes('.');
  const neighbours = all.filter((listed) => isNeighbour(listed.fullName)).slice(0, MOST_NEIGHBOURS);
  return { found, task, related: named ?? neighbours };
}
