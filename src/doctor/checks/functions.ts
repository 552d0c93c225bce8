import { open } from 'node:fs/promises';
import { listFunctions } from '../../faasm/functions.ts';
import type { Check, Finding } from '../check.ts';
import type { Host } from '../host.ts';

/** The WebAssembly that is run. */
export const functionChecks: readonly Check[] = [
  { id: 'functions', title: 'Functions', needs: ['profile', 'invoke'], helps: [], run: functions },
];

const SHOWN = 3;

async function functions(host: Host): Promise<Finding> {
  const folder = host.settings.value('localDir');
  const all = await listFunctions({ ...host.env, FAASM_LOCAL_DIR: folder });
  const local = all.filter(({ origin }) => origin === 'local');
  const bad: string[] = [];
  for (const { wasmPath } of local) if (!(await isWasm(wasmPath))) bad.push(wasmPath);
  if (bad.length > 0) {
    const more = bad.length > SHOWN ? ` and ${bad.length - SHOWN} more` : '';
    return {
      state: local.length === bad.length ? 'broken' : 'warn',
      found: `not WebAssembly: ${bad.slice(0, SHOWN).join(', ')}${more}`,
      wanted: 'function.wasm that begins with \\0asm',
      fix: { kind: 'command', argv: ['head', '-c', '64', ...bad.slice(0, 1)] },
    };
  }
  const demos = all.length - local.length;
  return { state: 'ok', found: `${local.length} in ${folder}/wasm, ${demos} demos of the package` };
}

async function isWasm(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.equals(Buffer.from([0, 0x61, 0x73, 0x6d]));
  } finally {
    await file.close();
  }
}
