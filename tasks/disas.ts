import { engineChoices } from '../src/engine/choices.ts';
import { namespace, task } from './define.ts';
import { subjectParams } from './function-params.ts';

const symbols = task({
  doc: `Print out the symbols for this function

Faasm's mapping from functionDefN to source names, read from the module itself and kept as function.symbols beside it.`,
  examples: [
    'tasks disas.symbols demo echo',
    'tasks disas.symbols demo echo --lines',
    'tasks disas my.wasm --json',
  ],
  parallel: true,
  related: ['disas.replace', 'flame.general'],
  params: {
    ...subjectParams,
    lines: {
      type: 'bool',
      help: 'Also say where each function is declared, as DWARF or a source map has it.',
    },
    engine: {
      type: 'string',
      choices: engineChoices,
      default: 'auto',
      help: "faasm: also run Faasm's func_sym and compare.",
    },
  },
  run: async (args, context) => {
    const { printSymbols } = await import('../src/steps/wasm/symbols.ts');
    await printSymbols(args, context);
  },
});

const replace = task({
  doc: `Replaces functionDefN in any text by the names of this function

Whole identifiers, in one pass, literally; running it twice changes nothing.`,
  examples: [
    'tasks disas.replace demo echo wavm.log',
    'tasks disas.replace demo echo - --output=named.txt < wavm.log',
  ],
  params: {
    ...subjectParams,
    fileIn: {
      type: 'string',
      positional: true,
      default: '',
      short: 'i',
      values: 'files',
      help: 'The text; - is stdin.',
    },
    output: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'Write here; - is stdout. By default the file itself is replaced.',
    },
  },
  run: async (args, context) => {
    const { replaceInFile } = await import('../src/steps/wasm/symbols.ts');
    await replaceInFile(args, context);
  },
});

export default namespace({
  doc: 'Symbols of WebAssembly functions',
  default: 'symbols',
  tasks: { symbols, replace },
});
