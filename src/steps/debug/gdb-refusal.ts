import { readFile } from 'node:fs/promises';
import { MachineError, TaskError } from '../../util/errors.ts';

/**
 * Why gdb came to nothing, from its own words; undefined when they say nothing known.
 *
 * @param core the core file that it was to read, as gdb was given it
 */
export async function gdbRefusal(printed: string, core: string | undefined): Promise<TaskError | undefined> {
  if (/[Pp]ython scripting is not supported/.test(printed)) {
    return new MachineError('This gdb was built without Python, which puts source names into its stacks', {
      hints: ['Debian and Ubuntu: sudo apt-get install gdb (not gdb-minimal)'],
    });
  }
  if (/ptrace: Operation not permitted|Could not trace the inferior|PTRACE_TRACEME/.test(printed)) {
    return new MachineError('gdb may not trace programs here: ptrace is forbidden', {
      hints: [
        'In a container: start it with --cap-add=SYS_PTRACE --security-opt seccomp=unconfined',
        ...(await yamaHint()),
      ],
    });
  }
  const noCore = printed.split('\n').find((line) => {
    return core !== undefined && line.includes(core) && /is not a core dump|: [A-Z].*\.$/.test(line);
  });
  if (noCore !== undefined) {
    return new TaskError(`gdb could not read the core file: ${noCore.trim()}`, {
      hints: ['Where cores go: cat /proc/sys/kernel/core_pattern (and `ulimit -c unlimited` before the run)'],
    });
  }
  return undefined;
}

/** Yama's setting 3 forbids all tracing; 1 and 2 only attaching to programs that run. */
async function yamaHint(): Promise<string[]> {
  const scope = await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '');
  return scope.trim() === '3' ? ['kernel.yama.ptrace_scope is 3, which holds until the next boot'] : [];
}
