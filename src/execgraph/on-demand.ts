import type { BuiltGraph } from './exec-graph.ts';
import type { MeasuredGraph } from './measure.ts';
import type { PictureOptions } from './picture/svg.ts';

// What is heavy to load, loaded when it is called for.

/** Reads a document that `graphDocument` made. @throws TaskError naming the field that is wrong. */
export async function readGraphDocument(value: unknown, displayName: string): Promise<BuiltGraph> {
  return (await import('./graph-json-reader.ts')).graphInDocument(value, displayName);
}

/** The graph as one SVG that needs nothing else: boxes laid out by Graphviz, a colour a host, a legend. */
export async function renderGraphSvg(graph: MeasuredGraph, options: PictureOptions): Promise<string> {
  return await (await import('./picture/svg.ts')).renderPicture(graph, options);
}

/** The same picture as PNG. */
export async function renderGraphPng(graph: MeasuredGraph, options: PictureOptions): Promise<Uint8Array> {
  const { pictureToPng } = await import('../picture/png.ts');
  return await pictureToPng(await renderGraphSvg(graph, options));
}

/** The same boxes in Graphviz's own language. */
export async function renderGraphDot(graph: MeasuredGraph, options: PictureOptions): Promise<string> {
  return (await import('./dot.ts')).renderDot(graph, options);
}

/** The graph in time as one HTML file that works offline. */
export async function renderTimeline(graph: MeasuredGraph, options: PictureOptions): Promise<string> {
  return (await import('./timeline.ts')).timelinePage(graph, options);
}

/** The graph as trace-event JSON, for Perfetto. */
export async function renderTrace(graph: MeasuredGraph): Promise<string> {
  return `${JSON.stringify((await import('./trace-events.ts')).traceEvents(graph))}\n`;
}
