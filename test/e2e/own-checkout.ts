import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Outcome, run, type Sandbox, sandbox } from '../support/run.ts';

export interface OwnCheckout extends Sandbox {
  /** Runs the program in the checkout. */
  tasks(...argv: readonly string[]): Promise<Outcome>;
}

/** A scratch checkout with these files, and nothing else: no node_modules, no package.json. */
export async function ownCheckout(files: Readonly<Record<string, string>>): Promise<OwnCheckout> {
  const place = await sandbox();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(place.file(name)), { recursive: true });
    await writeFile(place.file(name), text);
  }
  return { ...place, tasks: async (...argv) => await run(argv, { cwd: place.cwd, env: place.env }) };
}
