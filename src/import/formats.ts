import { join } from 'node:path';
import type { CallTree } from '../stacks/call-tree.ts';
import type { Measure } from '../stacks/measure.ts';
import type { ImportIo } from './import-io.ts';
import type { ImportOptions } from './import-profile.ts';
import type { InputFile } from './input-file.ts';
import type { ImportSource } from './recorded-samples.ts';

/** An input with what tells its format. */
export interface ProfileInput extends InputFile {
  /** The names in a folder; none for a file. */
  readonly entries: readonly string[];
}

/** What a format's reader gives: samples that are still to be made a tree, or a tree where the format is one. */
export type ReadProfile = ReadSamples | ReadTree;

interface Known {
  /** What the profile is of, where it says so. */
  readonly title?: string | undefined;
  /** What was off where the recording should say it, or what else its reader wants other than asked for. */
  readonly options?: Partial<ImportOptions>;
}

export interface ReadSamples extends Known {
  readonly source: ImportSource;
  /** Where dumps of JIT code are looked for. */
  readonly dumpFolders: readonly string[];
  /** `flame.fold` prints what stackcollapse-perf.pl would. */
  readonly isPerfs: boolean;
}

export interface ReadTree extends Known {
  readonly tree: CallTree;
  readonly measure: Measure;
}

/** A form that profiles come in. Readers are loaded when they are needed. */
interface ProfileFormat {
  readonly id: string;
  /** For messages. */
  readonly what: string;
  /** By the first bytes (latin1), the name, and in a folder the names there. */
  recognises(head: string, name: string, entries: readonly string[]): boolean;
  /** @throws TaskError for what is not of this format, or damaged */
  read(input: ProfileInput, options: ImportOptions, io: ImportIo): Promise<ReadProfile>;
}

/** All formats that can be read; the first that recognises an input has it. Another one is another row, and its reader. */
export const profileFormats = [
  {
    id: 'keep',
    what: 'a folder that --keep left',
    recognises: (_head, _name, entries) => entries.some((name) => name === 'perf.data' || name === 'v8'),
    read: async (input, options, io) =>
      await (await import('./kept-recording.ts')).readKept(input, options, io),
  },
  {
    id: 'perf.data',
    what: 'a recording of perf record',
    recognises: (head) => head.startsWith('PERFILE2'),
    read: async (input, options, io) => {
      const { recordedSamples } = await import('./recorded-samples.ts');
      const dumpFolders = input.path === undefined ? [] : [join(input.path, '..')];
      return { source: recordedSamples(input, options, io), dumpFolders, isPerfs: true };
    },
  },
  {
    id: 'callgrind',
    what: 'what callgrind counted',
    recognises: (head) => head.startsWith('# callgrind form'),
    read: async (input, options, io) =>
      await (await import('./callgrind.ts')).readCounted(input, options, io),
  },
  {
    id: 'cpuprofile',
    what: "a .cpuprofile of V8's",
    recognises: (head, name) => name.endsWith('.cpuprofile') || /^\s*\{\s*"nodes"\s*:/.test(head),
    read: async (input) => {
      const { cpuProfileSource } = await import('../profile/cpuprofile.ts');
      const chunks: Uint8Array[] = [];
      for await (const chunk of input.chunks()) chunks.push(Uint8Array.from(chunk));
      const source = cpuProfileSource([Buffer.concat(chunks).toString('utf8')], { name: input.displayName });
      return { source, dumpFolders: [], isPerfs: false };
    },
  },
  {
    id: 'perf-script',
    what: "perf script's text",
    recognises: (head) => {
      const lines = linesOf(head);
      return lines.some((line) => frameLine.test(line) || (headerLine.test(line) && !foldedLine.test(line)));
    },
    read: async (input, { event }) => {
      const { perfScriptSource } = await import('../profile/perf-script.ts');
      const source = perfScriptSource(input.chunks(), { event, name: input.displayName });
      return { source, dumpFolders: input.path === undefined ? [] : [join(input.path, '..')], isPerfs: true };
    },
  },
  {
    id: 'folded',
    what: 'folded stacks',
    recognises: (head) => linesOf(head).some((line) => foldedLine.test(line)),
    read: async (input, _options, io) => {
      const { readFolded } = await import('../stacks/folded.ts');
      const { tree, title, measure } = await readFolded(input.chunks(), input.displayName, (lines) => {
        io.warn(`${input.displayName}: ${lines} of its lines are no stacks and were left out`, [foldedShape]);
      });
      return { tree, title, measure };
    },
  },
] as const satisfies readonly ProfileFormat[];

export type FormatId = (typeof profileFormats)[number]['id'];

/** Who reads a recording: `auto` is this program, unless callers must be unwound from copies of the stack. */
export const viaChoices = ['auto', 'reader', 'perf-script'] as const;
export type Via = (typeof viaChoices)[number];

export const foldedShape = 'A line is: process;caller;function COUNT';

/** A frame of perf script's text: an address, a symbol, a file. */
const frameLine = /^\s+[\da-f]+ .*\(.*\)$/;
/** The line before its frames: `comm PID/TID [CPU] TIME: PERIOD EVENT:`. */
const headerLine = /^\S.*\s\d+(?:\/\d+)?\s.*:(?:\s|$)/;
const foldedLine = /^\S.* \d+(?:\.\d*)?$/;

function linesOf(head: string): string[] {
  return head
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A format, with its reader. */
export type KnownFormat = ProfileFormat & { readonly id: FormatId };

/** The format of an input; undefined for what none of them recognises. */
export function formatOf({ head, displayName, entries }: ProfileInput): KnownFormat | undefined {
  const text = Buffer.from(head).toString('latin1');
  return profileFormats.find((format) => format.recognises(text, displayName, entries));
}
