import { MachineError, type TaskError, UsageError } from '../../util/errors.ts';

/** Why valgrind could not do what was asked, from its own words; undefined when it could. */
export function valgrindRefusal(printed: string): TaskError | undefined {
  const option = /valgrind: (?:Unknown option|Bad option|Bad argument)[: ]*(.*)/.exec(printed);
  if (option !== null) {
    return new UsageError(`valgrind does not take ${option[1]?.trim()}`, {
      hints: ['What it takes: valgrind --help', 'One of ours? It is older than 3.15: valgrind --version'],
    });
  }
  const suppressions = /FATAL: (?:can't open suppressions file|in suppressions file) .*/.exec(printed);
  if (suppressions !== null) {
    return new UsageError(
      `valgrind could not read a suppressions file: ${suppressions[0].slice('FATAL: '.length)}`,
      {
        hints: ['How one is written: https://valgrind.org/docs/manual/manual-core.html#manual-core.suppress'],
      },
    );
  }
  if (/failed to start tool|Fatal error at startup|cannot continue/.test(printed)) {
    return new MachineError("valgrind's installation lacks something", {
      detail: printed.trim(),
      hints: ['tasks setup.valgrind', 'Debian and Ubuntu: sudo apt-get install valgrind libc6-dbg'],
    });
  }
  const noProgram =
    /^valgrind: (.+: (?:command not found|No such file or directory|Permission denied))$/m.exec(printed);
  if (noProgram !== null) return new MachineError(`valgrind could not start the program: ${noProgram[1]}`);
  return undefined;
}

/** The instruction that this valgrind does not know, as its bytes; undefined when it met none. */
export function unknownInstruction(printed: string): string | undefined {
  const bytes =
    /unhandled instruction bytes:\s*((?:0x)?[\da-fA-F]{1,2}(?:[ ,]+(?:0x)?[\da-fA-F]{1,2})*)/.exec(printed);
  if (bytes !== null) return bytes[1]?.trim();
  return /unrecognised instruction at address (0x[\da-fA-F]+)/.exec(printed)?.[1];
}
