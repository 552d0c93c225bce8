import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../faasm/directories.ts';
import type { TaskContext } from '../runner/context.ts';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { TaskError } from '../util/errors.ts';
import { displayPath } from '../util/home.ts';
import { shellWord } from '../util/shell-word.ts';
import { placeIn } from './find.ts';

const STARTER = `import { $, namespace, task } from 'faasm-tasks';

// \`tasks --list\` shows these beside the tasks that come with it; \`tasks hello --help\` is made from what stands here.

export const hello = task({
  doc: 'Greets somebody',
  params: {
    name: { type: 'string', positional: true, default: 'world', help: 'Whom to greet.' },
    loud: { type: 'bool', help: 'In capitals.' },
  },
  run: async ({ name, loud }) => {
    const greeting = \`Hello, \${name}\`;
    // A command without a shell: what is put in stays one word.
    await $\`echo \${loud ? greeting.toUpperCase() : greeting}\`;
  },
});

export const example = namespace({
  doc: 'Tasks under one name',
  default: 'count',
  tasks: {
    count: task({
      doc: 'Counts the lines of files',
      params: { file: { type: 'list', positional: true, default: ['tasks.ts'], help: 'Which ones.' } },
      pre: [hello],
      run: async ({ file }, { output }) => {
        const { lines } = await $({ hide: true })\`wc -l \${file}\`;
        output.result(lines.join('\\n'), { lines });
      },
    }),
  },
});
`;

/** `tasks init`: writes the starter into the current folder. @throws TaskError when tasks are there already */
export async function writeStarter(
  { javascript }: { readonly javascript: boolean },
  context: TaskContext,
): Promise<void> {
  const { cwd, dry, output, signal } = context;
  const name = javascript ? 'tasks.mjs' : 'tasks.ts';
  const there = placeIn(cwd, 'tasks');
  if (there !== undefined) {
    throw new TaskError(`Could not write ${name}: ${displayPath(there.path, cwd)} is there already`, {
      hints: ['tasks --list shows what is in it.'],
    });
  }
  if (dry) return output.emit({ event: 'note', text: `writes ${join(cwd, name)}` });
  await writeFileAtomic(join(cwd, name), STARTER.replace('tasks.ts', name), signal, name);
  const text = [
    `${name}: tasks hello, tasks example`,
    'Try: tasks hello you --loud',
    ...(javascript ? [] : ['', ...editorHints(cwd)]),
  ];
  output.result(text.join('\n'), { file: join(cwd, name) });
}

/** How an editor finds the types; to run, nothing of it is needed. */
function editorHints(cwd: string): string[] {
  const own = packageRoot();
  const types = join(own, 'dist', 'types', 'src', 'api', 'index.d.ts');
  if (isInstalledAbove(cwd)) return [];
  return [
    `Your editor knows the types after npm install --save-dev ${shellWord(own)} @types/node, or with this in tsconfig.json:`,
    `  { "compilerOptions": { "module": "nodenext", "strict": true, "skipLibCheck": true, "paths": { "faasm-tasks": [${JSON.stringify(types)}] } } }`,
  ];
}

function isInstalledAbove(folder: string): boolean {
  if (existsSync(join(folder, 'node_modules', 'faasm-tasks'))) return true;
  return dirname(folder) !== folder && isInstalledAbove(dirname(folder));
}
