import { namespace, task } from './define.ts';

const output = {
  type: 'string',
  metavar: 'FILE',
  help: 'Write here; - is stdout. (default: beside the module)',
} as const;
const names = {
  user: { type: 'string', positional: true, short: 'u', help: 'Owner of the function.' },
  funcName: { type: 'string', positional: true, short: 'f', help: 'Name of the function.' },
  output,
} as const;

const wast = task({
  doc: `Generate .wast file for a given function

WebAssembly's text format, by WABT's wasm2wat, as function.wast beside the module. The text of the package's own demo
functions goes to the user's cache.`,
  examples: ['tasks wast demo echo', 'tasks wast demo echo --output=- | less'],
  params: names,
  run: async (args, context) => {
    const { functionText } = await import('../src/steps/wasm/module-text.ts');
    await functionText(args, context);
  },
});

const file = task({
  doc: 'Generate .wast file from a .wasm file',
  examples: ['tasks wast.file function.wasm', 'tasks wast.file function.wasm --output=function.wast'],
  params: {
    filePath: { type: 'string', positional: true, short: 'f', help: 'The module.' },
    output: { ...output, help: 'Write here; - is stdout. (default: out.wast in $TMPDIR, else /tmp)' },
  },
  run: async (args, context) => {
    const { fileText } = await import('../src/steps/wasm/module-text.ts');
    await fileText(args, context);
  },
});

const decompile = task({
  doc: `Decompiles the given function

Into the readable pseudo-language of WABT's wasm-decompile, as function.dcmp beside the module.`,
  examples: ['tasks wast.decompile demo echo', 'tasks wast.decompile demo echo --output=- | less'],
  params: names,
  run: async (args, context) => {
    const { decompileFunction } = await import('../src/steps/wasm/module-text.ts');
    await decompileFunction(args, context);
  },
});

export default namespace({
  doc: 'WebAssembly modules as text',
  default: 'wast',
  tasks: { wast, file, decompile },
});
