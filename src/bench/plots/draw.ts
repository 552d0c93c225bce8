import { TaskError } from '../../util/errors.ts';
import type { HistoryEntry } from '../history.ts';
import { summarise } from '../statistics/summary.ts';
import type { PlotKind, RangeChoice, ScaleChoice } from './choices.ts';
import { curvePanels } from './curve-panels.ts';
import { historyPanels } from './history-panel.ts';
import { type Panels, runsText } from './panel.ts';
import { type PlotData, type PlotSource, plotData } from './plot-data.ts';
import { drawFigure } from './render.ts';
import { barPanels, boxPanels, fewestForBox, type RowOptions } from './row-panels.ts';

export interface PlotOptions {
  /** Undefined: what suits the data. */
  readonly kind: PlotKind | undefined;
  /** Empty for none. */
  readonly title: string;
  /** Pixels. */
  readonly width: number;
  readonly scale: ScaleChoice;
  readonly range: RangeChoice;
  /** Of the bootstrap. */
  readonly seed: number;
}

/** A picture and what it shows. */
export interface Drawing {
  /** Marks have `aria-label`s. */
  readonly svg: string;
  readonly kind: PlotKind | 'history';
  readonly functions: number;
  /** Runs, or measurements of a history. */
  readonly count: number;
  /** For people: `box plot of 3 functions, 900 runs`. */
  readonly summary: string;
}

const kindTexts: Readonly<Record<PlotKind, string>> = {
  box: 'box plot',
  ecdf: 'distribution functions',
  histogram: 'histograms',
  series: 'times in the order of the runs',
  bar: 'medians',
};

/** Draws runs as an SVG. @throws TaskError when there is none. */
export async function drawRuns(sources: readonly PlotSource[], options: PlotOptions): Promise<Drawing> {
  const { seed, title, width } = options;
  const data = plotData(sources, (series) => summarise(series, { seed }).run?.interval);
  if (data.functions.length === 0)
    throw new TaskError('There is nothing to draw: no run returned 0 and has a usable time', {
      hints: data.notes,
    });
  const kind = options.kind ?? defaultKind(data);
  const svg = await drawFigure({ title, width, legend: [], ...runPanels(kind, data, options) });
  const functions = data.functions.length;
  const runs = runsIn(data);
  const summary = `${kindTexts[kind]} of ${functionsText(functions)}, ${runsText(runs)}`;
  return { svg, kind, functions, count: runs, summary };
}

/** The panels of a picture of runs. */
export function runPanels(kind: PlotKind, data: PlotData, options: RowOptions): Panels {
  if (kind === 'box') return boxPanels(data, options);
  if (kind === 'bar') return barPanels(data, options);
  return curvePanels(data, { ...options, kind });
}

/** Draws the medians of a history as an SVG. @throws TaskError when there is none. */
export async function drawHistory(
  entries: readonly HistoryEntry[],
  { title, width, scale }: Pick<PlotOptions, 'title' | 'width' | 'scale'>,
): Promise<Drawing> {
  const measured = entries.filter((entry) => entry.functions.length > 0);
  if (measured.length === 0)
    throw new TaskError('There is nothing to draw: the history is empty', {
      hints: ['tasks bench SPEC OUT --history adds to it, and so does: tasks bench.history add OUT'],
    });
  const panels = historyPanels(measured, { width, scale });
  const svg = await drawFigure({ title, width, legend: [], ...panels });
  const functions = panels.panels.length;
  const count = measured.length;
  const summary = `${functionsText(functions)} in ${count === 1 ? '1 measurement' : `${count} measurements`}`;
  return { svg, kind: 'history', functions, count, summary };
}

function functionsText(functions: number): string {
  return functions === 1 ? '1 function' : `${functions} functions`;
}

/** Boxes; medians where no function has runs enough for a box. */
function defaultKind({ functions }: PlotData): PlotKind {
  const isEnough = functions.some(({ cells }) => cells.some(({ runUs }) => runUs.length >= fewestForBox));
  return isEnough ? 'box' : 'bar';
}

function runsIn({ functions }: PlotData): number {
  return functions.reduce((sum, { cells }) => cells.reduce((more, { runUs }) => more + runUs.length, sum), 0);
}
