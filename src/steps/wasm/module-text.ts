import { mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { findFunction } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { MachineError, messageOf, TaskError } from '../../util/errors.ts';
import { claimOutput } from '../../util/file-lock.ts';
import { runForData } from '../faasm/run-for-data.ts';

interface FunctionArgs {
  readonly user: string;
  readonly funcName: string;
  /** As typed; undefined puts it beside the module, `-` is stdout. */
  readonly output: string | undefined;
}

/** `wast`: a function in WebAssembly's text format, as function.wast. */
export async function functionText(args: FunctionArgs, context: TaskContext): Promise<void> {
  await fromFunction('wasm2wat', 'function.wast', args, context);
}

/** `wast.decompile`: a function in a readable pseudo-language, as function.dcmp. */
export async function decompileFunction(args: FunctionArgs, context: TaskContext): Promise<void> {
  await fromFunction('wasm-decompile', 'function.dcmp', args, context);
}

/** `wast.file`: any module in text format. */
export async function fileText(
  { filePath, output }: { readonly filePath: string; readonly output: string | undefined },
  context: TaskContext,
): Promise<void> {
  const found = await stat(resolve(context.cwd, filePath)).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new TaskError(`Could not find wasm file at ${filePath}`, {
      hints: ['Name a module: tasks wast.file function.wasm', 'Of a function: tasks wast USER FUNC'],
    });
  }
  // A name must not be taken for an option.
  const source = filePath.startsWith('-') ? `./${filePath}` : filePath;
  await convert({ tool: 'wasm2wat', source, output: output ?? join(tmpdir(), 'out.wast') }, context);
}

async function fromFunction(
  tool: Conversion['tool'],
  name: string,
  { user, funcName, output }: FunctionArgs,
  context: TaskContext,
): Promise<void> {
  const variables = await settingsVariables(context.env, context.cwd);
  const files = await findFunction(user, funcName, { ...context.env, ...variables });
  // Beside the symbols: nothing is written into the package.
  const own = join(dirname(files.symbolsPath), name);
  if (output === undefined && !context.dry) await makeFolder(dirname(own));
  await convert({ tool, source: files.wasmPath, output: output ?? own }, context);
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw new TaskError(`Could not make ${path}: ${messageOf(error)}`, {
      hints: ['Write elsewhere: --output=FILE'],
      cause: error,
    });
  });
}

interface Conversion {
  readonly tool: 'wasm2wat' | 'wasm-decompile';
  readonly source: string;
  readonly output: string;
}

async function convert(conversion: Conversion, context: TaskContext): Promise<void> {
  const { tool, source, output } = conversion;
  const command: Command = { argv: [tool, ...toolArgs(conversion)] };
  const isStdout = output === '-';
  if (!context.dry) {
    await assertTool(tool, context);
    if (isStdout && !context.output.json) context.output.reserveStdout();
    if (!isStdout) await assertWritable(resolve(context.cwd, output), output);
  }
  const write: Step = {
    title: `Write ${source} as text`,
    why: tool === 'wasm2wat' ? "WebAssembly's text format, by WABT" : "pseudo-code, by WABT's decompiler",
    inputs: [source],
    outputs: [output],
    commands: [command],
    foreground: isStdout,
  };
  await runSteps([write], context, async (step) => {
    if (isStdout) return await step(write, async () => await toStdout(command, conversion, context));
    await step(write, async (io) => await intoFile(command, conversion, io, context));
    const path = resolve(context.cwd, output);
    const { size } = await stat(path);
    context.output.result(output, { module: source, output: path, sizeBytes: size });
  });
}

async function toStdout(command: Command, { tool, source }: Conversion, context: TaskContext): Promise<void> {
  const { printed } = await runForData(command, { title: `${tool} on ${source}` }, context);
  if (context.output.json) context.output.result('', { module: source, text: printed });
}

async function intoFile(
  command: Command,
  { output }: Conversion,
  io: StepIo,
  { cwd }: TaskContext,
): Promise<void> {
  const path = resolve(cwd, output);
  const release = await claimOutput(path, '2.wast');
  try {
    // What was there is of another module, perhaps, and in /tmp it may be somebody else's link.
    await rm(path, { force: true }).catch((error: unknown) => {
      throw new TaskError(`Could not replace ${output}: ${messageOf(error)}`, {
        hints: ['Write elsewhere: --output=FILE'],
        cause: error,
      });
    });
    await io.run(command).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
    io.retitle(`Wrote ${output}`);
  } finally {
    await release();
  }
}

function toolArgs({ tool, source, output }: Conversion): string[] {
  const target = output === '-' ? [] : ['-o', output];
  return tool === 'wasm2wat' ? ['--enable-all', source, ...target] : [source, ...target, '--enable-all'];
}

async function assertTool(tool: string, { env }: TaskContext): Promise<void> {
  if ((await findOnPath(tool, env)) !== undefined) return;
  throw new MachineError(`Could not find ${tool}, which is part of WABT`, {
    hints: ['Install it: sudo apt-get install wabt'],
  });
}
