import { uploadParams } from '../src/steps/upload/upload-params.ts';
import { namespace, task } from './define.ts';

const sharedPath = {
  type: 'string',
  positional: true,
  short: 's',
  help: 'Its path as functions see it.',
} as const;

const upload = task({
  doc: 'Uploads a shared file',
  examples: ['tasks files data.csv inputs/data.csv'],
  params: {
    inPath: { type: 'string', positional: true, short: 'i', help: 'The file.' },
    sharedPath,
    ...uploadParams,
  },
  run: async ({ inPath, ...args }, context) => {
    const { moveShared } = await import('../src/steps/upload/named-file.ts');
    await moveShared('upload', { ...args, file: inPath }, context);
  },
});

const download = task({
  doc: 'Downloads a shared file',
  examples: ['tasks files.download inputs/data.csv data.csv'],
  params: {
    sharedPath,
    outPath: { type: 'string', positional: true, short: 'o', help: 'Where it goes.' },
    ...uploadParams,
  },
  run: async ({ outPath, ...args }, context) => {
    const { moveShared } = await import('../src/steps/upload/named-file.ts');
    await moveShared('download', { ...args, file: outPath }, context);
  },
});

export default namespace({
  doc: 'Files that functions share',
  default: 'upload',
  tasks: { upload, download },
});
