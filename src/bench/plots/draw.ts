import { TaskError } from '../../util/errors.ts';
import type { Series } from '../series.ts';
import { summarise } from '../statistics/summary.ts';
import { boxPanel, type LabelledCell } from './box-panel.ts';
import type { PlotKind, RangeChoice, ScaleChoice } from './choices.ts';
import { figureSpec, outerPadding } from './figure.ts';
import { labelWidth, type Panel, type PanelSize, runsText } from './panel.ts';
import { type PlotData, type PlotSource, plotData } from './plot-data.ts';
import { compiled, renderSvg } from './svg.ts';
import { rangeOf, timeAxis, union } from './time-axis.ts';

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

/** Draws runs as an SVG. @throws TaskError when there is none. */
export async function drawRuns(
  sources: readonly PlotSource[],
  { kind = 'box', title, width, scale, range: rangeChoice, seed }: PlotOptions,
): Promise<DrawnRuns> {
  const data = plotData(sources, (series: Series) => summarise(series, { seed }).run?.interval);
  if (data.functions.length === 0)
    throw new TaskError('There is nothing to draw: no run returned 0 and has a usable time', {
      hints: data.notes,
    });
  const labelled = data.functions.map(({ name, cells }) => ({
    name,
    rows: cells.map(
      (cell): LabelledCell => ({
        cell,
        label: `${data.files[cell.file] ?? ''}\n${runsText(cell.runUs.length)}`,
      }),
    ),
  }));
  const left = labelWidth(labelled.flatMap(({ rows }) => rows.map(({ label }) => label)));
  const size: PanelSize = { left, width: width - 2 * outerPadding - left };
  const panels = labelled.map(({ name, rows }): Panel => {
    const range = union(rows.map(({ cell }) => rangeOf(cell.sortedUs, rangeChoice)));
    return boxPanel(name, rows, timeAxis(range, scale), size);
  });
  const svg = await renderSvg(
    compiled(figureSpec({ title, width, legend: [], panels, columns: 1, notes: data.notes })),
  );
  const functions = data.functions.length;
  const runs = runsIn(data);
  return { svg, kind, functions, runs, summary: `${kind} of ${functions} functions, ${runsText(runs)}` };
}

function runsIn({ functions }: PlotData): number {
  return functions.reduce((sum, { cells }) => cells.reduce((more, { runUs }) => more + runUs.length, sum), 0);
}
