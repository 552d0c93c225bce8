import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Checked, runChecks } from '../../src/doctor/check.ts';
import { allChecks } from '../../src/doctor/checks.ts';
import { loadSettings } from '../../src/faasm/settings.ts';
import { machineHost } from '../../src/steps/doctor/doctor-host.ts';
import { type Sandbox, sandbox } from '../support/run.ts';

/** A machine made of a folder: its own /proc and /etc, and a PATH with only the programs that a test writes. */
export interface FakeMachine {
  readonly box: Sandbox;
  readonly env: Record<string, string>;
  /** Writes a file of the system, `/proc/sys/…` say. */
  system(path: string, text: string): Promise<void>;
  /** Writes a shell script on PATH. */
  program(name: string, script: string): Promise<void>;
  /** Asks one check. */
  ask(id: string): Promise<Checked>;
}

export async function fakeMachine(): Promise<FakeMachine> {
  const box = await sandbox();
  const root = box.file('system');
  const bin = box.file('bin');
  await mkdir(bin);
  await mkdir(root);
  const env: Record<string, string> = {
    ...box.env,
    PATH: bin,
    FAASM_INI_FILE: box.file('none.ini'),
    // Ports that nobody listens on.
    PLANNER_HOST: '127.0.0.1',
    PLANNER_PORT: '1',
    REDIS_STATE_HOST: '127.0.0.1',
    REDIS_PORT: '1',
  };
  return {
    box,
    env,
    system: async (path, text) => {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    },
    program: async (name, script) => {
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    },
    ask: async (id) => {
      const settings = await loadSettings({ env, cwd: box.cwd });
      const host = machineHost({ env, signal: new AbortController().signal }, settings, root);
      const [checked] = await runChecks(
        allChecks.filter((check) => check.id === id),
        host,
      );
      if (checked === undefined) throw new Error(`there is no check ${id}`);
      return checked;
    },
  };
}
