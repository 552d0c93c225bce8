import { defineNamespace } from '../src/runner/define.ts';
import { compilers, pcp, perf, valgrind } from './setup-machine.ts';

export default defineNamespace({
  doc: 'Prepare this machine, or others',
  tasks: { compilers, pcp, perf, valgrind },
});
