import type { DrawnRuns, PlotOptions } from './draw.ts';
import type { PlotSource } from './plot-data.ts';

// Vega is heavy to load, and only drawing needs it.

/** Draws the runs of results files as one SVG. @throws TaskError when no file has a usable run. */
export async function plotRuns(sources: readonly PlotSource[], options: PlotOptions): Promise<DrawnRuns> {
  return await (await import('./draw.ts')).drawRuns(sources, options);
}
