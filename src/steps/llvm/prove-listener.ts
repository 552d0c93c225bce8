import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { llvmConfigFolder } from '../../build/perf-switch.ts';
import { findProof, proofCommands, proofFiles } from '../../llvm/proof.ts';
import type { StepIo } from '../../process/steps.ts';
import { TaskError } from '../../util/errors.ts';
import { makeRunFolder } from '../../util/run-folder.ts';

/**
 * Compiles a function with this LLVM's JIT in a private folder and finds it in the jitdump: what perf will see of WAVM's
 * code. Returns the name of the dump.
 *
 * @throws TaskError when the program does not build or run, or leaves no dump with the function.
 */
export async function proveListener(
  llvm: string,
  compilers: { readonly c: string; readonly cxx: string } | undefined,
  io: StepIo,
): Promise<string> {
  const config = await llvmConfigFolder(llvm);
  if (config === undefined) throw new TaskError(`There is no LLVMConfig.cmake in ${llvm}`);
  const folder = await makeRunFolder({ keep: false });
  try {
    for (const [name, text] of Object.entries(proofFiles)) await writeFile(folder.file(name), text);
    const jitdumpDir = folder.file('jit');
    await mkdir(jitdumpDir);
    const hints = [`A listener needs LLVM_USE_PERF; this LLVM is the one in ${llvm}`];
    for (const argv of proofCommands(folder.path, config, compilers)) {
      await io.run({ argv, cwd: folder.path, env: { JITDUMPDIR: jitdumpDir } }, { hints });
    }
    const dump = await findProof(jitdumpDir);
    if (dump !== undefined) return basename(dump);
    throw new TaskError(`LLVM in ${llvm} compiled a function, but wrote no jitdump that describes it`, {
      hints,
    });
  } finally {
    await folder.dispose();
  }
}
