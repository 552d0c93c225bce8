import { uploadParams } from '../src/steps/upload/upload-params.ts';
import { namespace, task } from './define.ts';

const entry = {
  user: { type: 'string', positional: true, short: 'u', values: 'users', help: 'Whose state it is.' },
  key: { type: 'string', positional: true, short: 'k', help: 'The key of the value.' },
} as const;

const upload = task({
  doc: 'Uploads data from file into state',
  examples: ['tasks state.upload demo weights weights.bin'],
  params: {
    ...entry,
    inPath: {
      type: 'string',
      positional: true,
      short: 'i',
      values: 'files',
      help: 'What becomes the value.',
    },
    ...uploadParams,
  },
  run: async ({ inPath, ...args }, context) => {
    const { moveState } = await import('../src/steps/upload/named-file.ts');
    await moveState('upload', { ...args, file: inPath }, context);
  },
});

const download = task({
  doc: 'Downloads a state value to the given file',
  examples: ['tasks state.download demo weights weights.bin'],
  params: {
    ...entry,
    outPath: { type: 'string', positional: true, short: 'o', values: 'files', help: 'Where the value goes.' },
    ...uploadParams,
  },
  run: async ({ outPath, ...args }, context) => {
    const { moveState } = await import('../src/steps/upload/named-file.ts');
    await moveState('download', { ...args, file: outPath }, context);
  },
});

export default namespace({
  doc: "Values in a cluster's state",
  tasks: { upload, download },
});
