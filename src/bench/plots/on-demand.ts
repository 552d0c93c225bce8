import type { HistoryEntry } from '../history.ts';
import type { Drawing, PlotOptions } from './draw.ts';
import type { Figure } from './figure.ts';
import type { PlotSource } from './plot-data.ts';

// Vega is heavy to load, and only drawing needs it.

/** Draws the runs of results files as one SVG. @throws TaskError when no file has a usable run. */
export async function plotRuns(sources: readonly PlotSource[], options: PlotOptions): Promise<Drawing> {
  return await (await import('./draw.ts')).drawRuns(sources, options);
}

/** Draws the medians of a history as one SVG. @throws TaskError when it is empty. */
export async function plotHistory(
  entries: readonly HistoryEntry[],
  options: Pick<PlotOptions, 'title' | 'width' | 'scale'>,
): Promise<Drawing> {
  return await (await import('./draw.ts')).drawHistory(entries, options);
}

/** A picture for viewers of pictures: marks have titles. */
export async function titledSvg(svg: string): Promise<string> {
  return (await import('./svg.ts')).titled(svg);
}

/** A picture as one HTML file with tooltips and zoom, which works offline. */
export async function plotPage(svg: string, title: string): Promise<string> {
  return (await import('./page.ts')).plotPage(svg, title);
}

/** Draws panels of any other area in the same look as one SVG. */
export async function drawFigure(figure: Figure): Promise<string> {
  const [{ figureSpec }, { compiled, renderSvg }] = await Promise.all([
    import('./figure.ts'),
    import('./svg.ts'),
  ]);
  return await renderSvg(compiled(figureSpec(figure)));
}
