import { TaskError } from '../../util/errors.ts';
import { summarise } from '../statistics/summary.ts';
import { fewestForBox } from './box.ts';
import type { PlotKind, RangeChoice, ScaleChoice } from './choices.ts';
import { figureSpec } from './figure.ts';
import { runsText } from './panel.ts';
import { type PlotData, type PlotSource, plotData } from './plot-data.ts';
import { runPanels } from './run-panels.ts';
import { compiled, renderSvg } from './svg.ts';

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
export interface DrawnRuns {
  readonly svg: string;
  readonly kind: PlotKind;
  readonly functions: number;
  readonly runs: number;
  /** For people: `box plot of 3 functions, 900 runs`. */
  readonly summary: string;
}

const kindWords: Readonly<Record<PlotKind, string>> = {
  box: 'box plot',
  ecdf: 'distribution functions',
  histogram: 'histograms',
  series: 'times in the order of the runs',
  bar: 'medians',
};

/** Draws runs as an SVG. @throws TaskError when there is none. */
export async function drawRuns(sources: readonly PlotSource[], options: PlotOptions): Promise<DrawnRuns> {
  const { seed, title, width } = options;
  const data = plotData(sources, (series) => summarise(series, { seed }).run?.interval);
  if (data.functions.length === 0)
    throw new TaskError('There is nothing to draw: no run returned 0 and has a usable time', {
      hints: data.notes,
    });
  const kind = options.kind ?? usualKind(data);
  const svg = await renderSvg(
    compiled(figureSpec({ title, width, ...runPanels(data, { ...options, kind }) })),
  );
  const functions = data.functions.length;
  const runs = runsIn(data);
  const summary = `${kindWords[kind]} of ${functions === 1 ? '1 function' : `${functions} functions`}, ${runsText(runs)}`;
  return { svg, kind, functions, runs, summary };
}

/** Boxes; medians where no function has runs enough for a box. */
function usualKind({ functions }: PlotData): PlotKind {
  const isEnough = functions.some(({ cells }) => cells.some(({ runUs }) => runUs.length >= fewestForBox));
  return isEnough ? 'box' : 'bar';
}

function runsIn({ functions }: PlotData): number {
  return functions.reduce((sum, { cells }) => cells.reduce((more, { runUs }) => more + runUs.length, sum), 0);
}
