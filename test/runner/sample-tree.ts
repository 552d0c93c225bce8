import { namespace, task } from '../../src/runner/define.ts';

/** What the sample tasks were called with, in order. */
export const calls: { readonly task: string; readonly args: unknown }[] = [];

const note =
  (task: string) =>
  async (args: unknown): Promise<void> => {
    calls.push({ task, args });
  };

const flame = namespace({
  doc: 'Graphs',
  default: 'general',
  tasks: {
    general: task({
      doc: 'Draws.\n\nMore about it.',
      examples: ['tasks flame demo echo'],
      params: {
        user: { type: 'string', positional: true, help: 'Owner.' },
        func: { type: 'string', positional: true },
        cmd: { type: 'string' },
        data: { type: 'string' },
        reverse: { type: 'bool' },
        reps: { type: 'int', default: 1, min: 1, short: false },
        format: { type: 'string', choices: ['svg', 'folded'], default: 'svg', short: false },
      },
      run: note('flame.general'),
    }),
  },
});

const dev = namespace({
  doc: 'Builds',
  tasks: {
    cc: task({
      doc: 'Compiles.',
      params: {
        target: { type: 'string', positional: true },
        clean: { type: 'bool' },
        parallel: { type: 'int', default: 0 },
        ratio: { type: 'float', default: 1.5, short: false },
        item: { type: 'list' },
        verbose: { type: 'count' },
        color: { type: 'bool', default: true, short: false },
        log: { type: 'string', valueOptional: true },
      },
      run: note('dev.cc'),
    }),
    many: task({
      doc: 'Takes many.',
      params: { file: { type: 'list', positional: true, default: [], short: false }, fast: { type: 'bool' } },
      run: note('dev.many'),
    }),
    'deep-clean': task({ doc: 'Cleans.', aliases: ['dc'], params: {}, run: note('dev.deep-clean') }),
    all: task({
      doc: 'Both.',
      params: {},
      pre: ['dev.deep-clean'],
      post: ['dev.deep-clean'],
      run: note('dev.all'),
    }),
  },
});

/** Two namespaces with every kind of parameter; `loaded` tells whose module was wanted. */
export const loaded: string[] = [];
export const sampleTree = namespace({
  doc: 'Samples',
  tasks: {},
  namespaces: {
    flame: async () => {
      loaded.push('flame');
      return { default: flame };
    },
    dev: async () => {
      loaded.push('dev');
      return { default: dev };
    },
  },
});
