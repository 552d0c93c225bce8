import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EngineChoice } from '../../engine/choices.ts';
import { isEmbedded } from '../../engine/runner-choice.ts';
import { findFaasmBinary } from '../../faasm/binaries.ts';
import { type FunctionFiles, findFunction } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings-variables.ts';
import { demanglerFor } from '../../import/demangling.ts';
import { linesOf, type ModuleFile, readModule } from '../../import/function-names.ts';
import { type Command, childFailure, runChild } from '../../process/child.ts';
import { printPlan } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { MachineError, messageOf, TaskError } from '../../util/errors.ts';
import type { SourcePlace } from '../../util/source-place.ts';
import { type FunctionSymbol, functionSymbols, symbolsText } from '../../wasm/function-symbols.ts';
import { withPlaces } from './symbol-lines.ts';

interface SymbolsArgs {
  readonly user: string;
  readonly func: string;
  readonly engine: EngineChoice;
  readonly lines: boolean;
}

/** `disas.symbols`: prints Faasm's mapping of a function and keeps it as function.symbols. */
export async function printSymbols(args: SymbolsArgs, context: TaskContext): Promise<void> {
  const { output, signal } = context;
  const variables = await settingsVariables(context.env, context.cwd);
  const files = await findFunction(args.user, args.func, { ...context.env, ...variables });
  const command = await funcSym(args, variables, context);
  if (context.dry) {
    const read = {
      title: `Read the names of ${args.user}/${args.func}`,
      why: 'its symbols were asked for',
      inputs: [files.wasmPath],
      outputs: [files.symbolsPath, '-'],
    };
    const compared = { ...read, title: 'Compare with func_sym', why: '--engine=faasm', outputs: [] };
    const note = `reads ${files.wasmPath}`;
    return printPlan(
      command === undefined ? [{ note, plan: read }] : [{ plan: read }, { ...command, plan: compared }],
      context,
    );
  }
  const file = await readModule(files.wasmPath);
  const symbols = functionSymbols(file.module, await demanglerFor(file.module, signal));
  const text = symbolsText(symbols);
  if (command !== undefined) await compare(command, files, text, context);
  const isKept = command !== undefined || (await keep(files, text, context));
  const nameless = symbols.every((symbol) => symbol.source !== 'name');
  if (nameless && symbols.length > 0) {
    output.emit({
      event: 'warning',
      message: `${files.wasmPath} has no name section: only exports and imports have names`,
      hints: ['Build the function without -s / --strip-all to keep names.'],
    });
  }
  const displayName = nameless ? withFallback(symbols) : text;
  const places = args.lines ? declarations(symbols, file, context) : undefined;
  if (output.json)
    output.result('', {
      user: args.user,
      func: args.func,
      ...(isKept ? { symbolsPath: files.symbolsPath } : {}),
      symbols:
        places === undefined
          ? symbols
          : symbols.map((symbol) => ({ ...symbol, ...places.get(symbol.symbol) })),
    });
  else
    await output.write(
      places === undefined ? displayName : withPlaces(displayName, (symbol) => places.get(symbol)),
    );
}

/** Where functions are declared, by symbol. */
function declarations(
  symbols: readonly FunctionSymbol[],
  file: ModuleFile,
  { output }: TaskContext,
): Map<string, SourcePlace> {
  const lines = linesOf(file, ({ message, hints }) => output.emit({ event: 'warning', message, hints }));
  if (!lines.hasLines) {
    output.emit({
      event: 'warning',
      message: `${file.path} has no debug lines and names no source map`,
      hints: ['Compile it with -g or -gline-tables-only, and link it without --strip-debug.'],
    });
  }
  const places = new Map<string, SourcePlace>();
  for (const { symbol, index } of symbols) {
    const place = lines.declaration(index);
    if (place !== undefined) places.set(symbol, place);
  }
  return places;
}

/** Reads and names every function of a module. */
export async function symbolsOf(files: FunctionFiles, signal: AbortSignal): Promise<FunctionSymbol[]> {
  const { module } = await readModule(files.wasmPath);
  return functionSymbols(module, await demanglerFor(module, signal));
}

function withFallback(symbols: readonly FunctionSymbol[]): string {
  return symbols.map(({ symbol, name }) => `${symbol} = ${name}\n`).join('');
}

/** Keeps function.symbols where Faasm's tools look for it; a place that cannot be written is only worth a warning. */
async function keep(files: FunctionFiles, text: string, context: TaskContext): Promise<boolean> {
  try {
    await mkdir(dirname(files.symbolsPath), { recursive: true });
    await writeFileAtomic(files.symbolsPath, text, context.signal);
    return true;
  } catch (error) {
    const hints = error instanceof TaskError ? error.hints : [];
    context.output.emit({
      event: 'warning',
      message: `Not kept as function.symbols: ${messageOf(error)}`,
      hints,
    });
    return false;
  }
}

/** Faasm's own func_sym, when it is asked for. */
async function funcSym(
  args: SymbolsArgs,
  variables: Readonly<Record<string, string>>,
  context: TaskContext,
): Promise<Command | undefined> {
  if (args.engine !== 'faasm') return undefined;
  const path = await findFaasmBinary('func_sym', isEmbedded, { ...context.env, ...variables });
  if (path === undefined) {
    throw new MachineError("Could not find Faasm's func_sym on PATH or in the build directory", {
      hints: [
        'Build it: tasks dev.cc func_sym',
        'Without it the same is read from the module: leave out --engine',
      ],
    });
  }
  return { argv: [path, args.user, args.func], env: variables };
}

/** Runs func_sym, which writes the file itself, and says where it differs from what the module holds. */
async function compare(
  command: Command,
  files: FunctionFiles,
  ours: string,
  context: TaskContext,
): Promise<void> {
  const { signal, env, output } = context;
  const outcome = await runChild(command, { signal, env });
  if (outcome.exitCode !== 0) throw childFailure('Could not read the symbols', command, outcome);
  const theirs = await readFile(files.symbolsPath, 'utf8').catch(() => undefined);
  if (theirs === undefined) {
    throw new TaskError(`func_sym ended well but wrote no ${files.symbolsPath}`, {
      hints: ['Leave out --engine=faasm.'],
    });
  }
  const known = new Set(ours.split('\n'));
  const differing = theirs.split('\n').filter((line) => line !== '' && !known.has(line));
  if (differing.length === 0) return;
  output.emit({
    event: 'warning',
    message: `func_sym and the module disagree on ${differing.length} functions, the first is: ${differing[0]}`,
    hints: [`Is func_sym of this build? ${command.argv[0]}`],
  });
}
