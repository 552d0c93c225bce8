import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Outcome, root, run, type Sandbox, sandbox } from './run.ts';

const call = z.object({
  program: z.string(),
  args: z.array(z.string()),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
});

/** One start of a program: its name, arguments, folder and environment. */
export type RecordedCall = z.infer<typeof call>;

/** A sandbox with a checkout, whose build directory holds programs that only keep how they were called. */
export interface ProgramsPlace extends Sandbox {
  readonly checkout: string;
  readonly build: string;
  readonly local: string;
  /** Puts a program there; `words` are what an older one would hold, and nobody runs. */
  install(name: string, options?: { readonly words?: string; readonly folder?: string }): Promise<void>;
  /** Runs `tasks` in the checkout. */
  tasks(argv: readonly string[], env?: Readonly<Record<string, string | undefined>>): Promise<Outcome>;
  calls(): Promise<RecordedCall[]>;
}

export async function programsPlace(): Promise<ProgramsPlace> {
  const box = await sandbox();
  const checkout = box.file('faasm');
  const build = box.file('build');
  const local = box.file('local');
  const record = box.file('calls.jsonl');
  await mkdir(join(checkout, 'tasks'), { recursive: true });
  await writeFile(join(checkout, 'VERSION'), '0.29.0\n');
  const program = await readFile(join(root, 'test', 'programs', 'recorder.mjs'), 'utf8');
  const env = {
    ...box.env,
    FAASM_BUILD_DIR: build,
    FAASM_LOCAL_DIR: local,
    FAASM_WASM_VM: undefined,
    WASM_VM: undefined,
    LD_LIBRARY_PATH: undefined,
    HOST_TYPE: undefined,
    RECORD: record,
  };
  return {
    ...box,
    checkout,
    build,
    local,
    install: async (name, { words = '', folder = join(build, 'bin') } = {}) => {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `${program}// ${words}\n`);
      await chmod(path, 0o755);
    },
    tasks: async (argv, more = {}) => await run(argv, { cwd: checkout, env: { ...env, ...more } }),
    calls: async () => {
      const text = await readFile(record, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => call.parse(JSON.parse(line)));
    },
  };
}
