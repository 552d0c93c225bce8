import { task } from './define.ts';

/** A task of the root: `tasks init`. */
export const init = task({
  doc: `Writes a first file of your own tasks

tasks.ts in the current folder, with one task to change. What is there is never overwritten. The tasks join the tree of
everybody who stands in that folder or below it: docs/your-own-tasks.md.`,
  examples: ['tasks init', 'tasks init --javascript', 'tasks init && tasks hello'],
  params: {
    javascript: { type: 'bool', help: 'Plain JavaScript: tasks.mjs.' },
  },
  run: async (args, context) => {
    const { writeStarter } = await import('../src/own-tasks/starter.ts');
    await writeStarter(args, context);
  },
});
