import { namespace } from './define.ts';
import { llvm } from './dev-llvm.ts';
import { completion } from './setup-completion.ts';
import { functions, guide } from './setup-guide.ts';
import { compilers, pcp, perf, valgrind } from './setup-machine.ts';

export default namespace({
  doc: 'From a clone to a working build; prepare this machine, or others',
  default: 'guide',
  tasks: { guide, compilers, completion, functions, llvm, pcp, perf, valgrind },
});
