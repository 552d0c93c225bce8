import { task } from './define.ts';

export const completion = task({
  doc: `Installs completion of task names, flags and choices for a shell

Writes one script into your own folders; the shell asks the program itself what could come next.`,
  examples: ['tasks setup.completion bash'],
  related: ['setup.guide'],
  params: {
    shell: {
      type: 'string',
      positional: true,
      choices: ['bash', 'zsh', 'fish'],
      help: 'bash, zsh or fish.',
    },
  },
  run: async (args, context) => {
    const { installCompletion } = await import('../src/steps/setup/shell-completion.ts');
    await installCompletion(args, context);
  },
});
