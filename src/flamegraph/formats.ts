import type { CallTree } from '../stacks/call-tree.ts';
import type { FileFormat } from '../util/file-format.ts';
import type { NamedProfile } from './differential.ts';
import type { Metric, MinWidth } from './layout.ts';

// The formats that a profile is written in, a row each: to add one, write its renderer and a row here. Tasks read the table
// for their flags, so nothing is loaded before a row's renderer is asked for.

/** What a renderer may need to know besides the call tree; only pictures look at more than title, metric and unit. */
export interface RenderOptions {
  readonly title: string;
  readonly subtitle?: string;
  readonly metric?: Metric;
  /** What values count: `samples`, `ns`, `cycles` … Default: the metric's name. */
  readonly unit?: string;
  /** Folded stacks count this, instead of samples. */
  readonly foldedBy?: 'weight';
  /** Pixels, at least 100. Without it the picture is 1200 wide and follows the window it is opened in. */
  readonly width?: number | undefined;
  readonly minWidth?: MinWidth;
  /** Merge from the leaf: hot functions at the root, their callers above. */
  readonly reverse?: boolean;
  /** Root at the top. */
  readonly inverted?: boolean;
  /** Every frame of the engine below WebAssembly, instead of one for each chain of them. */
  readonly engineFrames?: 'folded' | 'all';
  /** Leaves out what only a browser makes use of: script, its data, and tooltips. */
  readonly isStill?: boolean;
  /** The name of the file, for a format that is compressed in some files only. */
  readonly fileName?: string;
}

export type Rendered = Iterable<string> | Uint8Array | Promise<Uint8Array>;
type Renderer = (tree: CallTree, options: RenderOptions) => Rendered;

/** What the picture of a difference may be told. */
export type DiffOptions = Partial<
  Pick<RenderOptions, 'title' | 'width' | 'minWidth' | 'reverse' | 'inverted' | 'engineFrames' | 'isStill'>
>;
type DiffRenderer = (before: NamedProfile, after: NamedProfile, options: DiffOptions) => Rendered;

/** Who shows a file of a format: the desktop's program for its ending, or a profile viewer. */
export type Viewer = 'desktop' | 'speedscope' | 'firefox';

/** A format that a profile is written in. */
export interface OutputFormat extends FileFormat {
  readonly opensIn: Viewer;
  /** Would garble a terminal. */
  readonly isBinary?: boolean;
  readonly renderer: () => Promise<Renderer>;
  /** For formats that can hold the difference of two profiles. */
  readonly diffRenderer?: () => Promise<DiffRenderer>;
}

const rows = [
  {
    id: 'svg',
    endings: ['.svg'],
    opensIn: 'desktop',
    renderer: async () => (await import('./svg.ts')).renderFlameGraph,
    diffRenderer: async () => (await import('./differential.ts')).differentialGraph,
  },
  {
    id: 'png',
    endings: ['.png'],
    opensIn: 'desktop',
    isBinary: true,
    renderer: async () => (await import('./png.ts')).renderPng,
    diffRenderer: async () => (await import('./png.ts')).differentialPng,
  },
  {
    id: 'folded',
    endings: ['.folded', '.collapsed', '.txt'],
    opensIn: 'desktop',
    renderer: async () => {
      const { bySamples } = await import('../stacks/measure.ts');
      const { foldedLines } = await import('../stacks/folded.ts');
      return (tree, { title, foldedBy, metric = 'samples', unit = metric }) =>
        foldedLines(tree, foldedBy, {
          title,
          measure: foldedBy === undefined ? bySamples : { metric, unit, foldedBy },
        });
    },
    diffRenderer: async () => (await import('./differential.ts')).foldedDifference,
  },
  {
    id: 'json',
    endings: ['.json'],
    opensIn: 'desktop',
    renderer: async () => (await import('./json.ts')).renderJson,
    diffRenderer: async () => (await import('./differential.ts')).differenceJson,
  },
  {
    id: 'speedscope',
    endings: ['.speedscope.json', '.speedscope', '.json'],
    opensIn: 'speedscope',
    renderer: async () => (await import('./speedscope.ts')).renderSpeedscope,
  },
  {
    id: 'firefox',
    endings: ['.firefox.json.gz', '.firefox.json', '.json.gz', '.json'],
    opensIn: 'firefox',
    renderer: async () => (await import('./firefox.ts')).renderFirefoxFile,
  },
  {
    id: 'pprof',
    endings: ['.pb.gz', '.pprof', '.prof'],
    opensIn: 'speedscope',
    isBinary: true,
    renderer: async () => (await import('./pprof.ts')).renderPprof,
  },
] as const satisfies readonly OutputFormat[];

export type FormatId = (typeof rows)[number]['id'];

/** Every format, the default one first. */
export const outputFormats: readonly OutputFormat[] = rows;
export const formatIds = rows.map(({ id }) => id);
/** How a file of a format is called that nobody named: `flame.pb.gz`. */
export function defaultFile(stem: string, id: FormatId = 'svg'): string {
  return `${stem}${rows.find((row) => row.id === id)?.endings[0] ?? ''}`;
}

export const diffFormatIds = rows.filter((row) => 'diffRenderer' in row).map(({ id }) => id);
