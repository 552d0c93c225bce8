import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { EngineChoice } from '../../engine/choices.ts';
import { isEmbedded } from '../../engine/runner-choice.ts';
import { findFaasmBinary } from '../../faasm/binaries.ts';
import { type FunctionFiles, functionName } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import { demanglerFor } from '../../import/demangling.ts';
import { linesOf, type ModuleFile, readModule } from '../../import/function-names.ts';
import { inputFile } from '../../import/input-file.ts';
import { type Command, childFailure } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { MachineError, messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';
import { placeText, type SourcePlace } from '../../util/source-place.ts';
import { columnsOf, harmlessText } from '../../util/terminal-text.ts';
import { type FunctionSymbol, functionSymbols, symbolsText } from '../../wasm/function-symbols.ts';
import { replaceSymbols, unsafeSymbols } from '../../wasm/symbol-replacement.ts';
import { namedSubject, thirdAfterFile } from '../flame/subject.ts';

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
  const files = await namedSubject('disas.symbols', args, context);
  const command = await funcSym(args, files, variables, context);
  const name = functionName(files);
  const read: Step = {
    title: `Read the names of ${name}`,
    why: 'from the module itself: imports, name section, exports',
    inputs: [files.wasmPath],
    foreground: true,
  };
  const runFuncSym: Step = {
    title: 'Compare with func_sym',
    why: '--engine=faasm; it writes function.symbols itself',
    inputs: [files.wasmPath],
    outputs: [files.symbolsPath],
    commands: command === undefined ? [] : [command],
    foreground: true,
  };
  const print: Step = {
    title: `Print the symbols of ${name}`,
    why: "functionDefN -> source name; kept where Faasm's tools look for it",
    outputs: command === undefined && files.origin !== 'file' ? [files.symbolsPath, '-'] : ['-'],
    foreground: true,
  };
  await runSteps([read, ...(command === undefined ? [] : [runFuncSym]), print], context, async (step) => {
    const { file, symbols } = await step(read, async () => await readSymbols(files, signal));
    const text = symbolsText(symbols);
    if (command !== undefined) await step(runFuncSym, async (io) => await compare(command, files, text, io));
    await step(print, async (io) => {
      // A file of the user's gets no companion that nobody asked for.
      const isKept = command !== undefined || (files.origin !== 'file' && (await keep(files, text, io)));
      const nameless = symbols.every((symbol) => symbol.source !== 'name');
      if (nameless && symbols.length > 0) {
        io.warn(`${files.wasmPath} has no name section: only exports and imports have names`, [
          'Build the function without -s / --strip-all to keep names.',
        ]);
      }
      const listed = nameless ? withFallback(symbols) : text;
      const places = args.lines ? declarations(symbols, file, io) : undefined;
      if (!output.json)
        return await output.write(
          places === undefined ? listed : withPlaces(listed, (symbol) => places.get(symbol)),
        );
      output.result('', {
        user: files.user,
        func: files.func,
        ...(isKept ? { symbolsPath: files.symbolsPath } : {}),
        symbols:
          places === undefined
            ? symbols
            : symbols.map((symbol) => ({ ...symbol, ...places.get(symbol.symbol) })),
      });
    });
  });
}

/** Where functions are declared, by symbol. */
function declarations(
  symbols: readonly FunctionSymbol[],
  file: ModuleFile,
  io: StepIo,
): Map<string, SourcePlace> {
  const lines = linesOf(file, ({ message, hints }) => io.warn(message, hints));
  if (!lines.hasLines) {
    io.warn(`${file.path} has no debug lines and names no source map`, [
      'Compile it with -g or -gline-tables-only, and link it without --strip-debug.',
    ]);
  }
  const places = new Map<string, SourcePlace>();
  for (const { symbol, index } of symbols) {
    const place = lines.declaration(index);
    if (place !== undefined) places.set(symbol, place);
  }
  return places;
}

/** Reads a module and names every function of it. */
async function readSymbols(
  { wasmPath }: FunctionFiles,
  signal: AbortSignal,
): Promise<{ readonly file: ModuleFile; readonly symbols: readonly FunctionSymbol[] }> {
  const file = await readModule(wasmPath);
  return { file, symbols: functionSymbols(file.module, await demanglerFor(file.module, signal)) };
}

function withFallback(symbols: readonly FunctionSymbol[]): string {
  return symbols.map(({ symbol, name }) => `${symbol} = ${name}\n`).join('');
}

/** Keeps function.symbols where Faasm's tools look for it; a place that cannot be written is only worth a warning. */
async function keep(files: FunctionFiles, text: string, io: StepIo): Promise<boolean> {
  try {
    await mkdir(dirname(files.symbolsPath), { recursive: true });
    await writeFileAtomic(files.symbolsPath, text, io.signal);
    return true;
  } catch (error) {
    io.warn(
      `Not kept as function.symbols: ${messageOf(error)}`,
      error instanceof TaskError ? error.hints : [],
    );
    return false;
  }
}

/** Faasm's own func_sym, when it is asked for. */
async function funcSym(
  args: SymbolsArgs,
  files: FunctionFiles,
  variables: Readonly<Record<string, string>>,
  context: TaskContext,
): Promise<Command | undefined> {
  if (args.engine !== 'faasm') return undefined;
  if (files.origin === 'file') {
    throw new UsageError(`Faasm's func_sym knows functions, not files as ${files.func}`, {
      hints: ['Leave out --engine: the same is read from the module itself'],
    });
  }
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
async function compare(command: Command, files: FunctionFiles, ours: string, io: StepIo): Promise<void> {
  const outcome = await io.run(command, { mayFail: true, stdout: ignored, onLine: () => undefined });
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
  io.warn(
    `func_sym and the module disagree on ${differing.length} functions, the first is: ${differing[0]}`,
    [`Is func_sym of this build? ${command.argv[0]}`],
  );
}

/** func_sym prints what it also writes. */
async function ignored(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of bytes);
}

const WIDEST_NAME = 60;

/** Lines `symbol = name` with a column that says where each function is declared; without a place, the line as it is. */
function withPlaces(text: string, placeOf: (symbol: string) => SourcePlace | undefined): string {
  const lines = text.split('\n').slice(0, -1);
  const widths = lines.map((line) => columnsOf(harmlessText(line)));
  const column = Math.max(0, ...widths.filter((width) => width <= WIDEST_NAME));
  const withPlace = lines.map((line, index) => {
    const place = placeOf(line.slice(0, line.indexOf(' = ')));
    if (place === undefined) return line;
    return `${line}${' '.repeat(Math.max(0, column - at(widths, index)))}  ${harmlessText(placeText(place))}`;
  });
  return withPlace.map((line) => `${line}\n`).join('');
}

interface ReplaceArgs {
  readonly user: string;
  readonly func: string;
  readonly fileIn: string;
  readonly output: string | undefined;
}

/** `disas.replace`: names for functionDefN in any text; the file itself is replaced unless `--output` says otherwise. */
export async function replaceInFile(typed: ReplaceArgs, context: TaskContext): Promise<void> {
  const { output, signal } = context;
  const { func, third } = thirdAfterFile(typed, typed.fileIn, '');
  const args = { ...typed, func, fileIn: third };
  const files = await namedSubject('disas.replace', args, context);
  if (args.fileIn === '') {
    throw new UsageError("'disas.replace' did not receive required positional arguments: 'file-in'", {
      hints: ['The text that is changed; - is stdin.'],
    });
  }
  const input = await inputFile(args.fileIn, context.cwd, context.signal);
  const target = args.output ?? (input.path === undefined ? '-' : input.path);
  if (target === '')
    throw new UsageError('--output is empty', { hints: ['For example: --output=named.txt'] });
  if (target === '-' && !context.dry) output.reserveStdout();
  const names = new Map((await readSymbols(files, signal)).symbols.map(({ symbol, name }) => [symbol, name]));
  const replace: Step = {
    title: `Put the names of ${functionName(files)} in ${input.displayName}`,
    why: `${names.size} symbols have names`,
    inputs: [files.wasmPath, input.path ?? '-'],
    outputs: [target === '-' ? '-' : resolve(context.cwd, target)],
    foreground: true,
  };
  await runSteps([replace], context, async (step) => {
    await step(replace, async (io) => {
      for (const symbol of unsafeSymbols(names).slice(0, 3))
        io.warn(
          `${symbol} is left as it is: its name ${JSON.stringify(names.get(symbol))} looks like another symbol`,
        );
      const chunks = replaceSymbols(input.chunks(), names);
      if (target === '-') for await (const chunk of chunks) await output.write(chunk);
      else {
        await writeFileAtomic(target, chunks, signal);
        output.result(`${args.output ?? input.displayName}: symbols of ${functionName(files)} put in`, {
          output: target,
        });
      }
    });
  });
}
