import type { Field, PositionDef } from 'vega-lite/types_unstable/channeldef.js';
import type { ExprRef } from 'vega-lite/types_unstable/expr.js';
import type { TitleParams } from 'vega-lite/types_unstable/title.js';
import type { Transform } from 'vega-lite/types_unstable/transform.js';
import { UsageError, unreachable } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';
import { clockStep, medianOf, quantileOf } from '../statistics/quantiles.ts';
import { fileStyles, ink, smallText, styleOf, textSize } from './look.ts';
import {
  alongTime,
  asIs,
  byFile,
  curveIndent,
  type Layer,
  type Panel,
  type PanelSize,
  type Panels,
  panelTitle,
  type Row,
  runsText,
  spoken,
  upTime,
} from './panel.ts';
import { type Cell, type FunctionRuns, type PlotData, thinned } from './plot-data.ts';
import { outerPadding, rightMargin, wrapped } from './render.ts';
import type { RowOptions } from './row-panels.ts';
import { outside, rangeOfFunction, type TimeAxis, type TimeRange, timeAxis, timeText } from './time-axis.ts';

// Distribution functions, histograms and series: a panel a function, its files as curves in it.

export type CurveKind = 'ecdf' | 'histogram' | 'series';

/** Steps of one distribution function; finer ones cannot be seen. */
const mostSteps = 300;
/** Values of one file that a histogram is made from. */
const mostBinned = 5000;
const mostSeriesPoints = 1000;
const mostSeriesPointsInAll = 6000;
/** Values of one stretch of a series. */
const mostInStretch = 50;
const shareLabels = 40;
const columnGap = 24;
/** Below this two panels have no room side by side. */
const narrowestPair = 560;

/** What a panel of curves is drawn from. */
interface CurvePanel {
  readonly one: FunctionRuns;
  readonly files: readonly string[];
  /** What is to be seen, and the axis around it. */
  readonly range: TimeRange;
  readonly axis: TimeAxis;
  readonly size: PanelSize;
  readonly by: ReturnType<typeof byFile>;
  /** Points of a series. */
  readonly mostPoints: number;
}

/** The panels of a figure of curves, side by side where there is room. @throws UsageError for more files than can be told apart */
export function curvePanels(
  data: PlotData,
  { kind, width, scale, range: choice }: RowOptions & { readonly kind: CurveKind },
): Panels {
  const { functions, files } = data;
  if (files.length > fileStyles.length)
    throw new UsageError(`Curves of ${files.length} files cannot be told apart: ${fileStyles.length} can`, {
      hints: ['Boxes and bars are labelled: --kind=box'],
    });
  const inner = width - 2 * outerPadding;
  const columns = functions.length > 1 && width >= narrowestPair ? 2 : 1;
  const room = (inner - (columns - 1) * columnGap) / columns;
  const indent = curveIndent({ left: shareLabels, width: room });
  const size = { left: shareLabels, width: room - indent - rightMargin };
  const cells = functions.flatMap((one) => one.cells);
  const mostPoints = Math.min(mostSeriesPoints, mostSeriesPointsInAll / cells.length);
  const hasStretches = kind === 'series' && cells.some(({ runUs }) => runUs.length > mostPoints);
  const sample = kind === 'histogram' || hasStretches ? 'strokeDash' : 'shape';
  const by = byFile(files, inner, kind === 'ecdf' ? ['stroke', 'fill', 'shape'] : ['stroke', sample]);
  let isCut = false;
  const panels = functions.map((one): Panel => {
    const range = rangeOfFunction(one, choice);
    isCut ||= one.cells.some(({ sortedUs }) => outside(sortedUs, range).any);
    const axis = timeAxis(range, scale, { ticks: columns === 1 ? 6 : 4 });
    const panel = { one, files, range, axis, size, by, mostPoints };
    return {
      title: curveTitle(panel),
      width: size.width,
      height: columns === 1 ? 230 : 150,
      layer: layersOf(kind, panel),
    };
  });
  const notes = [
    ...notesOf(kind, data, isCut, mostPoints, size),
    ...(panels.length > 1 ? ['Each panel has an axis of its own.'] : []),
  ];
  return { panels, columns, indent, notes: [notes.join(' '), ...data.notes] };
}

function layersOf(kind: CurveKind, panel: CurvePanel): Layer[] {
  switch (kind) {
    case 'ecdf':
      return ecdfLayers(panel);
    case 'histogram':
      return histogramLayers(panel);
    case 'series':
      return seriesLayers(panel);
    default:
      return unreachable(kind);
  }
}

/** Above a panel: the function, and for each file how many runs it stands for and how many are out of sight. */
function curveTitle({ one: { name, cells }, files, axis, size }: CurvePanel): TitleParams<ExprRef> {
  const indent = curveIndent(size);
  const room = indent + size.width;
  const lines = cells.flatMap(({ file, sortedUs }) => {
    const { below, above, smallest, largest } = outside(sortedUs, axis);
    const number = (count: number): string => count.toLocaleString('en-US');
    const text = [
      `${files.length > 1 ? `${at(files, file)}: ` : ''}${runsText(sortedUs.length)}`,
      ...(below === 0 ? [] : [`${number(below)} below the axis (from ${timeText(smallest)})`]),
      ...(above === 0 ? [] : [`${number(above)} beyond the axis (up to ${timeText(largest)})`]),
    ].join(', ');
    return wrapped(text, (room * textSize) / smallText);
  });
  return {
    ...panelTitle(wrapped(name, room * 0.9), indent),
    subtitle: lines,
    subtitleFontSize: smallText,
    subtitleColor: '#444',
    subtitlePadding: 3,
  };
}

/** The axis of shares of runs, upwards from 0. */
function shareAxis({ left }: PanelSize, domain: [number, number] | undefined): PositionDef<Field> {
  return {
    field: 'share',
    type: 'quantitative',
    scale: domain === undefined ? { nice: true, zero: true } : { domain },
    axis: { title: 'Share of runs', format: '~%', tickCount: 4, minExtent: left, maxExtent: left },
  };
}

function ecdfLayers({ one: { cells }, files, axis, size, by }: CurvePanel): Layer[] {
  const { lowUs, highUs, unitUs } = axis;
  const values = cells.flatMap(({ file, sortedUs }): Row[] =>
    // Both ends of the axis stand for no run: the curve reaches them.
    [{ us: lowUs, runs: 0 }, ...thinned(sortedUs, mostSteps), { us: highUs, runs: 0 }].map(
      ({ us, runs }) => ({ file: at(files, file), time: us / unitUs, runs, of: sortedUs.length }),
    ),
  );
  const position = { x: alongTime(axis, 'time'), y: shareAxis(size, [0, 1]) };
  const climb: Transform[] = [
    {
      window: [{ op: 'sum', field: 'runs', as: 'upTo' }],
      frame: [null, 0],
      sort: [{ field: 'time' }],
      groupby: ['file'],
    },
    { calculate: 'datum.upTo / datum.of', as: 'share' },
  ];
  return [
    {
      data: { values },
      transform: climb,
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5, clip: true },
      encoding: { ...position, stroke: by.stroke, strokeDash: by.strokeDash },
    },
    {
      data: { values },
      transform: [
        ...climb,
        // The percentiles lie on the steps; Vega's own quantiles lie between them.
        { calculate: '[0.25, 0.5, 0.75, 0.9, 0.99]', as: 'percentile' },
        { flatten: ['percentile'] },
        { filter: 'datum.runs > 0 && datum.share >= datum.percentile' },
        { aggregate: [{ op: 'min', field: 'time', as: 'time' }], groupby: ['file', 'percentile'] },
        { filter: `datum.time <= ${highUs / unitUs}` },
        { calculate: 'datum.percentile', as: 'share' },
        {
          calculate: `datum.file + '\\n' + format(datum.share * 100, '~r') + ' % of the runs took at most ' + timeText(datum.time * ${unitUs})`,
          as: 'tip',
        },
      ],
      mark: { type: 'point', filled: true, size: 40, opacity: 1, aria: true },
      encoding: { ...position, fill: by.fill, shape: by.shape, ...spoken },
    },
  ];
}

/** Bins of equal width, of times or on a log axis of their logarithms. */
export interface Bins {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

/**
 * The bins that all files of a panel share: Vega-Lite bins by a number of bins only. Their width is Freedman and Diaconis's (1981)
 * for the largest sample, and a multiple of the clock's step where that shows.
 */
export function binsOf(samples: readonly Float64Array[], { lowUs, highUs }: TimeRange, isLog: boolean): Bins {
  const [fewestBins, mostBins] = [12, 60];
  const to = (us: number): number => (isLog ? Math.log(us) : us);
  if (highUs === 0) return { from: 0, width: 0.05, count: 1 };
  const spread = to(highUs) - to(lowUs);
  if (!(spread > 0)) {
    const from = to(lowUs * 0.97);
    return { from, width: to(lowUs * 1.03) - from, count: 1 };
  }
  const largest = samples.reduce((a, b) => (b.length > a.length ? b : a), new Float64Array());
  const quartiles = to(quantileOf(largest, 0.75)) - to(quantileOf(largest, 0.25));
  const fewest = Math.min(fewestBins, Math.ceil(Math.sqrt(largest.length)));
  const ideal = quartiles > 0 ? spread / ((2 * quartiles) / Math.cbrt(largest.length)) : fewest;
  const count = Math.round(Math.min(mostBins, Math.max(fewest, ideal)));
  const step = isLog ? 0 : Math.max(...samples.map(clockStep));
  if (step === 0) return { from: to(lowUs), width: spread / count, count };
  const width = Math.max(1, Math.round(spread / count / step)) * step;
  return { from: lowUs - step / 2, width, count: Math.floor(spread / width) + 1 };
}

function histogramLayers({ one: { cells }, files, range, axis, size, by }: CurvePanel): Layer[] {
  const { isLog, unitUs } = axis;
  const { from, width, count } = binsOf(
    cells.map(({ sortedUs }) => sortedUs),
    range,
    isLog,
  );
  const values = cells.flatMap(({ file, sortedUs }): Row[] =>
    thinned(sortedUs, mostBinned)
      .filter(({ us }) => us >= range.lowUs && us <= range.highUs)
      .map(({ us, runs }) => ({ file: at(files, file), us, runs, of: sortedUs.length })),
  );
  const edge = (bin: string): string => {
    const place = `${from} + ${bin} * ${width}`;
    return isLog ? `exp(${place})` : `(${place})`;
  };
  const isOne = files.length === 1;
  const binned: Transform[] = [
    { calculate: `(${isLog ? 'log(datum.us)' : 'datum.us'} - ${from}) / ${width}`, as: 'place' },
    { calculate: `clamp(datum.place, 0, ${count})`, as: 'place' },
    { bin: { step: 1, extent: [0, count], nice: false }, field: 'place', as: ['bin', 'binEnd'] },
    {
      aggregate: [
        { op: 'sum', field: 'runs', as: 'runs' },
        { op: 'min', field: 'of', as: 'of' },
      ],
      groupby: ['file', 'bin'],
    },
    { calculate: 'datum.runs / datum.of', as: 'share' },
  ];
  const edges: Transform[] = [
    { calculate: edge('datum.bin'), as: 'fromUs' },
    { calculate: edge('(datum.bin + 1)'), as: 'toUs' },
    { calculate: `datum.fromUs / ${unitUs}`, as: 'from' },
    { calculate: `datum.toUs / ${unitUs}`, as: 'to' },
  ];
  const tip = `${isOne ? "''" : "datum.file + '\\n'"} + timeText(datum.fromUs) + ' to ' + timeText(datum.toUs) + '\\n' + format(datum.runs, ',') + (datum.runs === 1 ? ' run' : ' runs') + ' of ' + format(datum.of, ',')`;
  const y = shareAxis(size, undefined);
  const bars: Layer = {
    data: { values },
    transform: [...binned, ...edges, { calculate: tip, as: 'tip' }],
    mark: isOne
      ? { type: 'rect', fillOpacity: 1, stroke: ink, strokeWidth: 0.6, aria: true }
      : { type: 'rect', fillOpacity: cells.length > 3 ? 0 : 0.07, aria: true },
    encoding: {
      x: alongTime(axis, 'from'),
      x2: { field: 'to' },
      y,
      y2: { datum: 0 },
      fill: isOne ? by.pattern : by.fill,
      ...spoken,
    },
  };
  if (isOne)
    return [
      bars,
      {
        data: { values: cells.map(({ sortedUs }) => ({ median: medianOf(sortedUs) / unitUs })) },
        mark: { type: 'rule', stroke: '#000', strokeWidth: 2, clip: true },
        encoding: { x: alongTime(axis, 'median') },
      },
    ];
  return [
    bars,
    {
      data: { values },
      transform: [
        ...binned,
        // Bins without a run, and one on either side: the outline goes down to 0 there.
        { impute: 'share', key: 'bin', keyvals: { start: -1, stop: count + 1 }, value: 0, groupby: ['file'] },
        ...edges,
      ],
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5, clip: true },
      encoding: { x: alongTime(axis, 'from'), y, stroke: by.stroke, strokeDash: by.strokeDash },
    },
  ];
}

/** Runs in the order in which they were measured: points, or of more than there is room for medians and bands of stretches. */
function seriesLayers({ one: { cells }, files, axis, size, by, mostPoints }: CurvePanel): Layer[] {
  const longest = Math.max(...cells.map(({ runUs }) => runUs.length));
  const x: PositionDef<Field> = {
    field: 'run',
    type: 'quantitative',
    scale: { domain: [0, longest + 1], nice: false },
    axis: { title: 'Run', grid: false, tickCount: 5, tickMinStep: 1, format: ',d' },
  };
  const y = (field: string) => upTime(axis, field, size);
  const [only, ...others] = cells;
  const rules = only === undefined || others.length > 0 ? [] : only.blockStarts.slice(1);
  const prefix = files.length > 1 ? "datum.file + ', ' + " : '';
  const time = (field: string): string => `timeText(datum.${field} * ${axis.unitUs})`;
  const points = cells.filter(({ runUs }) => runUs.length <= mostPoints);
  const dots = points.flatMap(({ file, runUs }): Row[] =>
    Array.from(runUs, (us, index) => ({
      file: at(files, file),
      colour: styleOf(file).stroke,
      run: index + 1,
      time: us / axis.unitUs,
    })),
  );
  const [low, high] = [axis.lowUs / axis.unitUs, axis.highUs / axis.unitUs];
  const pointTip = { calculate: `${prefix}'run ' + datum.run + ': ' + ${time('time')}`, as: 'tip' };
  const stretches = cells
    .filter(({ runUs }) => runUs.length > mostPoints)
    .flatMap((cell) => stretchRows(cell, at(files, cell.file), axis, size));
  return [
    {
      data: { values: rules.map((start) => ({ run: start + 0.5 })) },
      mark: { type: 'rule', color: '#bbb', strokeWidth: 0.75 },
      encoding: { x },
    },
    ...(dots.length === 0
      ? []
      : [
          {
            data: { values: dots },
            transform: [{ filter: `datum.time >= ${low} && datum.time <= ${high}` }, pointTip],
            mark: { type: 'point', size: 12, strokeWidth: 0.8, filled: false, aria: true },
            encoding: { x, y: y('time'), stroke: by.stroke, shape: by.shape, ...spoken },
          } satisfies Layer,
          {
            data: { values: dots },
            transform: [{ filter: `datum.time > ${high}` }, pointTip],
            mark: { type: 'point', shape: 'triangle-up', size: 22, filled: true, opacity: 1, aria: true },
            encoding: { x, y: { value: 2 }, fill: asIs('colour'), ...spoken },
          } satisfies Layer,
        ]),
    ...(stretches.length === 0
      ? []
      : [
          {
            data: { values: stretches },
            transform: [
              {
                quantile: 'time',
                probs: [0.1, 0.5, 0.9],
                groupby: ['file', 'from', 'to'],
                as: ['p', 'time'],
              },
              { calculate: "datum.p < 0.3 ? 'low' : datum.p > 0.7 ? 'high' : 'median'", as: 'end' },
              { pivot: 'end', value: 'time', groupby: ['file', 'from', 'to'] },
              { calculate: '(datum.from + datum.to) / 2', as: 'run' },
              {
                calculate: `${prefix}'runs ' + datum.from + ' to ' + datum.to + '\\nmedian ' + ${time('median')} + '\\n10 % below ' + ${time('low')} + ', 10 % above ' + ${time('high')}`,
                as: 'tip',
              },
            ],
            layer: [
              {
                mark: { type: 'area', fillOpacity: 0.16, clip: true },
                encoding: { x, y: y('low'), y2: { field: 'high' }, fill: by.fill },
              },
              {
                mark: { type: 'line', strokeWidth: 1.4, clip: true },
                encoding: { x, y: y('median'), stroke: by.stroke, strokeDash: by.strokeDash },
              },
              {
                mark: { type: 'point', size: 30, filled: true, opacity: 0, clip: true, aria: true },
                encoding: { x, y: y('median'), ...spoken },
              },
            ],
          } satisfies Layer,
        ]),
  ];
}

/** How many runs stand behind a step of a line. */
function stretchLength(runs: number, { width }: PanelSize): number {
  return Math.ceil(runs / Math.max(20, Math.round(width / 5)));
}

/** The runs of each stretch that followed each other; of many those that are evenly spaced among them when sorted. */
function stretchRows({ runUs }: Cell, file: string, axis: TimeAxis, size: PanelSize): Row[] {
  const length = stretchLength(runUs.length, size);
  return Array.from({ length: Math.ceil(runUs.length / length) }, (_, index) => {
    const sorted = runUs.slice(index * length, (index + 1) * length).sort();
    const [from, to] = [index * length + 1, index * length + sorted.length];
    return thinned(sorted, mostInStretch).map(({ us }) => ({ file, from, to, time: us / axis.unitUs }));
  }).flat();
}

function notesOf(
  kind: CurveKind,
  { functions, files }: PlotData,
  isCut: boolean,
  mostPoints: number,
  size: PanelSize,
): string[] {
  switch (kind) {
    case 'ecdf':
      return ['Of all runs, the share that took at most so long. Points: 25, 50, 75, 90 and 99 %.'];
    case 'histogram':
      return [
        ...(files.length === 1 ? ['Thick line: median.'] : []),
        `Shares are of all runs${files.length === 1 ? '' : ' of a file'}${isCut ? ', those beyond the axis included' : ''}.`,
      ];
    case 'series': {
      const runs = functions.flatMap(({ cells }) => cells.map(({ runUs }) => runUs.length));
      const longest = stretchLength(Math.max(...runs), size);
      const line = `Line: median of ${longest > 1 ? `up to ${runsText(longest)}` : 'a run'} that followed each other; band: all but their slowest and fastest 10 %.`;
      return [
        ...(runs.some((count) => count > mostPoints) ? [line] : []),
        ...(isCut && runs.some((count) => count <= mostPoints)
          ? ['Triangles at the top: runs beyond the axis.']
          : []),
      ];
    }
    default:
      return unreachable(kind);
  }
}
