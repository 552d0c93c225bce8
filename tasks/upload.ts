import { uploadParams } from '../src/steps/upload/upload-params.ts';
import { namespace, task } from './define.ts';
import { functionParams } from './function-params.ts';

const kind = {
  py: { type: 'bool', short: 'p', help: 'A Python function.' },
  localCopy: {
    type: 'bool',
    short: 'l',
    help: "Copy into Faasm's local directory on this machine, send nothing.",
  },
  uploadHost: { ...uploadParams.uploadHost, notWith: ['localCopy'] },
  uploadPort: { ...uploadParams.uploadPort, notWith: ['localCopy'] },
} as const;

const upload = task({
  doc: `Upload a function

Sends a WebAssembly module (or, with --py, a Python file) to the cluster's upload server, in pieces however big it is.`,
  examples: [
    'tasks upload demo hello function.wasm',
    'tasks upload python hello hello.py --py',
    'tasks upload demo hello function.wasm --local-copy',
  ],
  parallel: true,
  related: ['invoke.invoke', 'upload.user', 'flush.workers'],
  params: {
    ...functionParams,
    funcFile: {
      type: 'string',
      positional: true,
      short: 'n',
      values: 'files',
      help: 'The module, or the Python file.',
    },
    ...kind,
  },
  run: async (args, context) => {
    const { uploadFunction } = await import('../src/steps/upload/upload.ts');
    await uploadFunction(args, context);
  },
});

const user = task({
  doc: `Uploads all functions of a user

USER is a folder that holds FUNC/function.wasm or FUNC.wasm and is called like the user, else the name of a user whose
functions this machine has (FAASM_LOCAL_DIR, the demo functions).`,
  examples: ['tasks upload.user demo', 'tasks upload.user build/polybench', 'tasks upload.user python --py'],
  params: {
    user: {
      type: 'string',
      positional: true,
      short: 'u',
      values: ['users', 'folders'],
      help: 'A folder, or a user.',
    },
    ...kind,
  },
  run: async (args, context) => {
    const { uploadUser } = await import('../src/steps/upload/upload.ts');
    await uploadUser(args, context);
  },
});

export default namespace({
  doc: 'Give functions to a cluster',
  default: 'upload',
  tasks: { upload, user },
});
