import { fittedEms } from '../../picture/font-metrics.ts';
import { UsageError, unreachable } from '../../util/errors.ts';
import { barPanel, medianRange } from './bar-panel.ts';
import { boxOf, mostPoints } from './box.ts';
import { boxPanel, type LabelledCell } from './box-panel.ts';
import type { PlotKind, RangeChoice, ScaleChoice } from './choices.ts';
import { ecdfPanel } from './ecdf-panel.ts';
import { outerPadding, rightMargin } from './figure.ts';
import { histogramPanel } from './histogram-panel.ts';
import { mostStyles, textSize } from './look.ts';
import { labelWidth, type Panel, type PanelSize, runsText } from './panel.ts';
import type { FunctionRuns, PlotData } from './plot-data.ts';
import { bucketLength, mostStretches, seriesPanel } from './series-panel.ts';
import { outside, rangeOf, type TimeRange, timeAxis, union, wantsLog } from './time-axis.ts';
import { curveIndent, legendPanels } from './xy-panel.ts';

export interface PanelOptions {
  readonly kind: PlotKind;
  /** Of the picture, pixels. */
  readonly width: number;
  readonly scale: ScaleChoice;
  readonly range: RangeChoice;
}

/** What a figure of runs consists of. */
export interface RunPanels {
  readonly legend: readonly Panel[];
  readonly panels: readonly Panel[];
  readonly columns: number;
  readonly indent: number;
  readonly notes: readonly string[];
}

/** Functions of one file share an axis when their times are at most this far apart. */
const sharedUpTo = 10;
const columnGap = 24;
const shareLabels = 40;
/** Below this two panels have no room side by side. */
const narrowestPair = 560;
const mostSeriesPoints = 1000;
const mostSeriesPointsInAll = 6000;

/** The panels of a picture of runs: in rows (boxes, bars), or curves side by side. */
export function runPanels(data: PlotData, options: PanelOptions): RunPanels {
  const { kind } = options;
  switch (kind) {
    case 'box':
      return boxPanels(data, options);
    case 'bar':
      return barPanels(data, options);
    case 'ecdf':
    case 'histogram':
    case 'series':
      return curvePanels(data, { ...options, kind });
    default:
      return unreachable(kind);
  }
}

interface RowPanel {
  readonly title: string;
  readonly rows: readonly LabelledCell[];
}

/** A panel a function with a row a file; or, of one file, one panel with a row a function when `isOne` says so. */
function rowPanels(data: PlotData, width: number, isOne: boolean): { panels: RowPanel[]; size: PanelSize } {
  const inner = width - 2 * outerPadding;
  const most = (inner * (isOne ? 0.42 : 0.28)) / textSize;
  const fitted = (text: string): string => fittedEms(text, most, 'regular');
  const label = (name: string, runs: number): string => `${fitted(name)}\n${runsText(runs)}`;
  const panels = isOne
    ? [
        {
          title: '',
          rows: data.functions.flatMap(({ name, cells }) =>
            cells.map((cell) => ({ cell, label: label(name, cell.runUs.length) })),
          ),
        },
      ]
    : data.functions.map(({ name, cells }) => ({
        title: fittedEms(name, inner / textSize, 'bold'),
        rows: cells.map((cell) => ({ cell, label: label(data.files[cell.file] ?? '', cell.runUs.length) })),
      }));
  const left = labelWidth(panels.flatMap(({ rows }) => rows.map((row) => row.label)));
  return { panels, size: { left, width: inner - left - rightMargin } };
}

function rangeOfFunction({ cells }: FunctionRuns, choice: RangeChoice): TimeRange {
  return union(cells.map(({ sortedUs }) => rangeOf(sortedUs, choice)));
}

function boxPanels(data: PlotData, { width, scale, range }: PanelOptions): RunPanels {
  const ranges = data.functions.map((one) => rangeOfFunction(one, range));
  const all = union(ranges);
  const isOne =
    data.files.length === 1 && (data.functions.length === 1 || all.highUs <= sharedUpTo * all.lowUs);
  const { panels, size } = rowPanels(data, width, isOne);
  const isThinned = data.functions.some((one, at) =>
    one.cells.some(({ sortedUs }) => {
      const { outliers, points, beyond } = boxOf(sortedUs, ranges[at] ?? all);
      return outliers > points.length + beyond;
    }),
  );
  const isCut = data.functions.some((one, at) =>
    one.cells.some(({ sortedUs }) => isBeyond(sortedUs, ranges[at] ?? all)),
  );
  const notes = [
    'Box: quartiles. Thick line: median, with its 95 % interval as a notch (or, where that is wider than the box, as a line below). Whiskers: the last runs within 1.5 interquartile ranges. Points: runs beyond.',
    ...(isThinned ? [`Of these at most ${mostPoints} on either side are drawn, evenly spaced.`] : []),
    ...(isCut ? [cutNote] : []),
    ...(panels.length > 1 ? [ownAxes] : []),
  ];
  return {
    legend: [],
    panels: panels.map(({ title, rows }, at) =>
      boxPanel(title, rows, timeAxis(isOne ? all : (ranges[at] ?? all), scale), size),
    ),
    columns: 1,
    indent: size.left,
    notes: [notes.join(' '), ...data.notes],
  };
}

const cutNote = 'Runs counted at an edge are not drawn.';
const ownAxes = 'Each panel has an axis of its own.';

function isBeyond(sorted: Float64Array, range: TimeRange): boolean {
  const { below, above } = outside(sorted, range);
  return below + above > 0;
}

function barPanels(data: PlotData, { width, scale }: PanelOptions): RunPanels {
  const isOne = data.files.length === 1;
  const { panels, size } = rowPanels(data, width, isOne);
  let isLog = false;
  const drawn = panels.map(({ title, rows }): Panel => {
    const range = medianRange(rows.map(({ cell }) => cell));
    const room = { lowUs: range.lowUs, highUs: range.highUs * 1.25 };
    const what = 'Median time per run';
    if (!wantsLog(range, scale))
      return barPanel(title, rows, timeAxis(room, 'linear', { what, fromZero: true }), size);
    isLog = true;
    const logRoom = { lowUs: range.lowUs, highUs: range.highUs * (range.highUs / range.lowUs) ** 0.2 };
    return barPanel(title, rows, timeAxis(logRoom, 'log', { what }), size);
  });
  const notes = [
    `Lines with caps: 95 % intervals of the medians.${isLog ? ' Points, not bars, on a log scale: it has no zero.' : ''}`,
    ...(panels.length > 1 ? [ownAxes] : []),
  ];
  return {
    legend: [],
    panels: drawn,
    columns: 1,
    indent: size.left,
    notes: [notes.join(' '), ...data.notes],
  };
}

function curvePanels(
  data: PlotData,
  { kind, width, scale, range: choice }: PanelOptions & { readonly kind: 'ecdf' | 'histogram' | 'series' },
): RunPanels {
  const { functions, files } = data;
  if (files.length > mostStyles)
    throw new UsageError(`Curves of ${files.length} files cannot be told apart: ${mostStyles} can`, {
      hints: ['Boxes and bars are labelled: --kind=box'],
    });
  const inner = width - 2 * outerPadding;
  const columns = functions.length > 1 && width >= narrowestPair ? 2 : 1;
  const room = (inner - (columns - 1) * columnGap) / columns;
  const indent = curveIndent({ left: shareLabels, width: room });
  const size = { left: shareLabels, width: room - indent - rightMargin, height: columns === 1 ? 230 : 150 };
  const cells = functions.flatMap((one) => one.cells);
  const mostPoints = Math.min(mostSeriesPoints, mostSeriesPointsInAll / cells.length);
  let isCut = false;
  const panels = functions.map((one): Panel => {
    const range = rangeOfFunction(one, choice);
    isCut ||= one.cells.some(({ sortedUs }) => isBeyond(sortedUs, range));
    const axis = timeAxis(range, scale, { ticks: columns === 1 ? 6 : 4 });
    if (kind === 'ecdf') return ecdfPanel(one, files, axis, size);
    if (kind === 'histogram') return histogramPanel(one, files, range, axis, size);
    return seriesPanel(one, files, axis, size, mostPoints);
  });
  const hasStretches = kind === 'series' && cells.some(({ runUs }) => runUs.length > mostPoints);
  const hasDots = kind === 'series' && cells.some(({ runUs }) => runUs.length <= mostPoints);
  const legendKind = kind === 'ecdf' || (hasStretches && hasDots) ? 'both' : hasDots ? 'point' : 'line';
  return {
    legend: legendPanels(files, legendKind, { widthPx: inner, indent }),
    panels,
    columns,
    indent,
    notes: [
      [
        ...notesOf(kind, data, { isCut, hasStretches, hasDots, most: mostStretches(size) }),
        ...(panels.length > 1 ? [ownAxes] : []),
      ].join(' '),
      ...data.notes,
    ],
  };
}

interface CurveFacts {
  readonly isCut: boolean;
  readonly hasStretches: boolean;
  readonly hasDots: boolean;
  readonly most: number;
}

function notesOf(
  kind: 'ecdf' | 'histogram' | 'series',
  { functions, files }: PlotData,
  { isCut, hasStretches, hasDots, most }: CurveFacts,
): string[] {
  switch (kind) {
    case 'ecdf':
      return ['Of all runs, the share that took at most so long. Points: 25, 50, 75, 90 and 99 %.'];
    case 'histogram':
      return [
        ...(files.length === 1 ? ['Thick line: median.'] : []),
        `Shares are of all runs${files.length === 1 ? '' : ' of a file'}${isCut ? ', those beyond the axis included' : ''}.`,
      ];
    default: {
      const length = Math.max(
        ...functions.flatMap(({ cells }) => cells.map(({ runUs }) => bucketLength(runUs.length, most))),
      );
      return [
        ...(hasStretches
          ? [
              `Line: median of ${length > 1 ? `up to ${runsText(length)}` : 'a run'} that followed each other; band: all but their slowest and fastest 10 %.`,
            ]
          : []),
        ...(hasDots && isCut ? ['Triangles at the top: runs beyond the axis.'] : []),
      ];
    }
  }
}
