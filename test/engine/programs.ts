import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import wabt from 'wabt';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bundles = join(root, '.tmp', `engine-test-${process.pid}`);

export interface Ended {
  readonly exit: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The embedded programs as they ship (bundled JavaScript), in front of a Faasm directory that the test fills. */
export interface Programs {
  readonly folder: string;
  readonly path: (name: string) => string;
  readonly run: (name: string, args: readonly string[], options?: RunOptions) => Ended;
  /** Installs a function compiled from WebAssembly text. */
  readonly installText: (func: string, text: string) => void;
  /** Installs a function from bytes, valid or not. */
  readonly install: (func: string, bytes: Uint8Array) => void;
  readonly dispose: () => void;
}

interface RunOptions {
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function bundlePrograms(): Promise<Programs> {
  const names = ['func_runner', 'func_sym', 'microbench_runner'];
  await build({
    entryPoints: names.map((name) => join(root, 'src/engine/bin', `${name}.ts`)),
    outdir: bundles,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: "import{createRequire as __c}from'node:module';const require=__c(import.meta.url);" },
    logLevel: 'warning',
  });
  const folder = mkdtempSync(join(tmpdir(), 'engine-test-'));
  const install = (func: string, bytes: Uint8Array): void => {
    const place = join(folder, 'wasm', 'demo', func);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'function.wasm'), bytes);
  };
  const path = (name: string): string => join(bundles, `${name}.js`);
  return {
    folder,
    path,
    install,
    installText: (func, text) => install(func, assemble(text)),
    run: (name, args, { nodeFlags = [], env = {} } = {}) => {
      const child = spawnSync(process.execPath, [...nodeFlags, path(name), ...args], {
        cwd: folder,
        env: { ...process.env, FAASM_LOCAL_DIR: folder, HOME: folder, NODE_OPTIONS: '', ...env },
        maxBuffer: 1 << 26,
        timeout: 1_200_000,
      });
      return { exit: child.status, stdout: child.stdout, stderr: child.stderr.toString() };
    },
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
      rmSync(bundles, { recursive: true, force: true });
    },
  };
}

const assembler = await wabt();

/** WebAssembly text to binary, names included. */
export function assemble(text: string): Buffer {
  const module = assembler.parseWat('a.wat', text, { threads: true });
  try {
    return Buffer.from(module.toBinary({ write_debug_names: true }).buffer);
  } finally {
    module.destroy();
  }
}
