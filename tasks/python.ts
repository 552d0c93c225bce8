import { python as codegen } from './codegen.ts';
import { namespace, task } from './define.ts';

const clearRuntimePyc = task({
  doc: `Clear out runtime .pyc files

Every *.pyc and __pycache__ below runtime_root of Faasm's local directory; --dry lists them.`,
  examples: ['tasks python.clear-runtime-pyc', 'tasks python.clear-runtime-pyc --dry'],
  params: {},
  run: async (_args, context) => {
    const { clearRuntimePyc: clear } = await import('../src/steps/faasm/clear-pyc.ts');
    await clear(context);
  },
});

export default namespace({
  doc: 'Python functions on this machine',
  tasks: { 'clear-runtime-pyc': clearRuntimePyc, codegen },
});
