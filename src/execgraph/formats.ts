import type { MeasuredGraph } from './measure.ts';

// What an execution graph can be written as. A new format is a row here and a file that renders it; each is loaded when it is
// called for.

interface RenderOptions {
  readonly title: string;
  /** False draws with ASCII only. */
  readonly utf8: boolean;
}

interface FormatRow {
  readonly id: string;
  /** Of file names that ask for it. */
  readonly endings: readonly string[];
  /** Where it goes when nobody says; - is stdout. */
  readonly file: string;
  readonly render: (graph: MeasuredGraph, options: RenderOptions) => Promise<string | Uint8Array>;
}

const rows = [
  {
    id: 'tree',
    endings: ['.txt'],
    file: '-',
    render: async (graph, options) => (await import('./text.ts')).treePage(graph, options),
  },
  {
    id: 'svg',
    endings: ['.svg'],
    file: 'exec-graph.svg',
    render: async (graph, options) => await (await import('./picture/svg.ts')).renderPicture(graph, options),
  },
  {
    id: 'png',
    endings: ['.png'],
    file: 'exec-graph.png',
    render: async (graph, options) => {
      const { pictureToPng } = await import('../picture/png.ts');
      const { renderPicture } = await import('./picture/svg.ts');
      return await pictureToPng(await renderPicture(graph, options));
    },
  },
  {
    id: 'dot',
    endings: ['.dot', '.gv'],
    file: '-',
    render: async (graph, options) => (await import('./dot.ts')).renderDot(graph, options),
  },
  {
    id: 'html',
    endings: ['.html', '.htm'],
    file: 'exec-graph.html',
    render: async (graph, options) => (await import('./timeline.ts')).timelinePage(graph, options),
  },
  {
    id: 'json',
    endings: ['.json'],
    file: '-',
    render: async (graph) => `${JSON.stringify((await import('./graph-json.ts')).graphDocument(graph))}\n`,
  },
  {
    id: 'trace',
    endings: ['.trace', '.trace.json'],
    file: 'exec-graph.trace.json',
    render: async (graph) => `${JSON.stringify((await import('./trace-events.ts')).traceEvents(graph))}\n`,
  },
] as const satisfies readonly FormatRow[];

export type GraphFormatId = (typeof rows)[number]['id'];
export type GraphFormat = FormatRow & { readonly id: GraphFormatId };

export const graphFormats: readonly GraphFormat[] = rows;
/** All formats by their names, for `--format`. */
export const graphFormatIds: readonly GraphFormatId[] = rows.map(({ id }) => id);

/** The format that a file's name asks for: the longest ending counts. */
export function formatOfFile(name: string): GraphFormat | undefined {
  const lower = name.toLowerCase();
  const lengthOf = ({ endings }: GraphFormat): number =>
    Math.max(0, ...endings.filter((ending) => lower.endsWith(ending)).map(({ length }) => length));
  const [best] = graphFormats.toSorted((a, b) => lengthOf(b) - lengthOf(a));
  return best === undefined || lengthOf(best) === 0 ? undefined : best;
}
