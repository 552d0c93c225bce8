import { execa } from 'execa';
import type { Host } from '../../runner/program.ts';
import { Interrupted, MachineError } from '../../util/errors.ts';

/** `--prompt-for-sudo-password`: sudo asks on this terminal, and children that use sudo later need no password. @throws MachineError. */
export async function askForSudo(host: Pick<Host, 'env' | 'signal'>): Promise<void> {
  const { failed } = await execa('sudo', ['--validate'], {
    env: host.env,
    extendEnv: false,
    stdio: 'inherit',
    reject: false,
    cancelSignal: host.signal,
  });
  if (host.signal.aborted) throw new Interrupted();
  if (failed) {
    throw new MachineError('sudo gave no permission', {
      hints: ['Try the password by hand: sudo --validate'],
    });
  }
}
