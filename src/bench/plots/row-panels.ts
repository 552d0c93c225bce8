import type { Field, PositionDef } from 'vega-lite/types_unstable/channeldef.js';
import { fittedEms, textEms } from '../../picture/font-metrics.ts';
import { at } from '../../util/indexed.ts';
import { countOutliers, medianOf, quantileOf } from '../statistics/quantiles.ts';
import type { RangeChoice, ScaleChoice } from './choices.ts';
import { fillUrls, ink, smallText, styleOf, textSize } from './look.ts';
import {
  alongTime,
  asIs,
  type Layer,
  type Panel,
  type PanelSize,
  type Panels,
  panelTitle,
  type Row,
  runsText,
  spoken,
} from './panel.ts';
import { type Cell, type PlotData, thinned } from './plot-data.ts';
import { outerPadding, rightMargin } from './render.ts';
import { outside, rangeOfFunction, type TimeAxis, timeAxis, timeText, union, wantsLog } from './time-axis.ts';

// Boxes and bars: labelled rows over a time axis.

export interface RowOptions {
  /** Of the picture, pixels. */
  readonly width: number;
  readonly scale: ScaleChoice;
  readonly range: RangeChoice;
}

/** Fewer runs than this have no quartiles worth a box: every run is a point. */
export const fewestForBox = 5;
/** Runs that a box is made from. */
const mostRuns = 1000;
/** Functions of one file share an axis when their times are at most this far apart. */
const sharedUpTo = 10;
const rowHeight = 36;
const ownAxes = 'Each panel has an axis of its own.';

interface LabelledCell {
  readonly label: string;
  readonly cell: Cell;
}

interface RowPanel {
  readonly title: string;
  readonly rows: readonly LabelledCell[];
}

/** A panel a function with a row a file; or, of one file, one panel with a row a function when `isOne` says so. */
function rowPanels(data: PlotData, width: number, isOne: boolean): { panels: RowPanel[]; size: PanelSize } {
  const inner = width - 2 * outerPadding;
  const most = (inner * (isOne ? 0.42 : 0.28)) / textSize;
  const row = (name: string, cell: Cell): LabelledCell => ({
    cell,
    label: `${fittedEms(name, most, 'regular')}\n${runsText(cell.runUs.length)}`,
  });
  const panels = isOne
    ? [{ title: '', rows: data.functions.flatMap(({ name, cells }) => cells.map((cell) => row(name, cell))) }]
    : data.functions.map(({ name, cells }) => ({
        title: fittedEms(name, inner / textSize, 'bold'),
        rows: cells.map((cell) => row(at(data.files, cell.file), cell)),
      }));
  const lines = panels.flatMap(({ rows }) => rows.flatMap(({ label }) => label.split('\n')));
  const left = Math.ceil(Math.max(0, ...lines.map((line) => textEms(line, 'regular') * textSize)) + 12);
  return { panels, size: { left, width: inner - left - rightMargin } };
}

/** A position across labelled rows: row k is from k to k + 1, from the top. */
function acrossRows(rows: readonly LabelledCell[], field: string, { left }: PanelSize): PositionDef<Field> {
  const lineHeight = 13;
  return {
    field,
    type: 'quantitative',
    scale: { domain: [0, rows.length], reverse: true, nice: false },
    axis: {
      title: null,
      labelOffset: -lineHeight / 2,
      labelLineHeight: lineHeight,
      values: rows.map((_, row) => row + 0.5),
      labelExpr: `split(${JSON.stringify(rows.map(({ label }) => label))}[floor(datum.value)], '\\n')`,
      labelPadding: 10,
      ticks: false,
      domain: false,
      grid: false,
      minExtent: left,
      maxExtent: left,
    },
  };
}

function panelOf({ title, rows }: RowPanel, size: PanelSize, layer: Layer[]): Panel {
  return {
    ...(title === '' ? {} : { title: panelTitle(title, size.left) }),
    width: size.width,
    height: rows.length * rowHeight,
    layer,
  };
}

/** Tukey's boxes of the runs, with the medians' intervals. */
export function boxPanels(data: PlotData, { width, scale, range }: RowOptions): Panels {
  const ranges = data.functions.map((one) => rangeOfFunction(one, range));
  const all = union(ranges);
  const isOne =
    data.files.length === 1 && (data.functions.length === 1 || all.highUs <= sharedUpTo * all.lowUs);
  const { panels, size } = rowPanels(data, width, isOne);
  const drawn = panels.map((panel, index) => {
    const axis = timeAxis(isOne ? all : at(ranges, index), scale);
    return panelOf(panel, size, boxLayers(panel.rows, axis, size));
  });
  const cells = data.functions.flatMap((one, index) =>
    one.cells.map(({ sortedUs }) => ({ sortedUs, range: isOne ? all : at(ranges, index) })),
  );
  const isCut = cells.some((cell) => outside(cell.sortedUs, cell.range).any);
  const notes = [
    'Box: quartiles. Thick line: median, with its 95 % interval as a notch (or, where that is wider than the box, as a line below). Whiskers: the last runs within 1.5 interquartile ranges. Points: runs beyond.',
    ...(cells.some(({ sortedUs }) => sortedUs.length > mostRuns)
      ? [`Of more than ${runsText(mostRuns)} as many are drawn, evenly spaced.`]
      : []),
    ...(isCut ? ['Runs counted at an edge are not drawn.'] : []),
    ...(panels.length > 1 ? [ownAxes] : []),
  ];
  return { panels: drawn, columns: 1, indent: size.left, notes: [notes.join(' '), ...data.notes] };
}

function boxLayers(rows: readonly LabelledCell[], axis: TimeAxis, size: PanelSize): Layer[] {
  const x = (field: string) => alongTime(axis, field);
  const y = (field: string) => acrossRows(rows, field, size);
  const isBox = ({ cell }: LabelledCell): boolean => cell.sortedUs.length >= fewestForBox;
  const runs = rows.flatMap((one, row): Row[] =>
    thinned(one.cell.sortedUs, mostRuns).map(({ us }) => ({
      row,
      middle: row + 0.5,
      stroke: styleOf(one.cell.file).stroke,
      shape: styleOf(one.cell.file).shape,
      isBox: isBox(one),
      time: us / axis.unitUs,
    })),
  );
  const facts = rows.map(({ cell, label }, row): Row => {
    const { interval } = cell;
    const [low, high] = interval === undefined ? [null, null] : [interval.low, interval.high];
    return {
      row,
      low: low === null ? null : low / axis.unitUs,
      high: high === null ? null : high / axis.unitUs,
      fill: at(fillUrls, cell.file % fillUrls.length),
      tip: boxTip(cell, label),
    };
  });
  const quartiles: { op: 'q1' | 'median' | 'q3'; field: string; as: string }[] = [
    { op: 'q1', field: 'time', as: 'q1' },
    { op: 'median', field: 'time', as: 'median' },
    { op: 'q3', field: 'time', as: 'q3' },
  ];
  const [low, high] = [axis.lowUs / axis.unitUs, axis.highUs / axis.unitUs];
  return [
    // Vega-Lite's boxplot draws the whiskers. It knows no notch, so that the box is an area; and its outliers cannot be left out
    // where the axis ends, so that they are points.
    {
      data: { values: runs },
      transform: [{ filter: 'datum.isBox' }],
      mark: {
        type: 'boxplot',
        orient: 'horizontal',
        extent: 1.5,
        clip: true,
        box: false,
        median: false,
        outliers: false,
        ticks: false,
        rule: { color: ink },
      },
      encoding: { x: x('time'), y: y('middle') },
    },
    {
      data: { values: runs },
      transform: [
        { joinaggregate: quartiles, groupby: ['row'] },
        { calculate: '1.5 * (datum.q3 - datum.q1)', as: 'reach' },
        {
          filter: `!datum.isBox || datum.time < datum.q1 - datum.reach || datum.time > datum.q3 + datum.reach`,
        },
        { filter: `datum.time >= ${low} && datum.time <= ${high}` },
        { calculate: `timeText(datum.time * ${axis.unitUs})`, as: 'tip' },
      ],
      mark: { type: 'point', filled: false, size: 16, strokeWidth: 0.9, opacity: 1, aria: true },
      encoding: {
        x: x('time'),
        y: y('middle'),
        stroke: asIs('stroke'),
        shape: asIs('shape'),
        ...spoken,
      },
    },
    {
      data: { values: runs },
      transform: [
        { filter: 'datum.isBox' },
        { aggregate: quartiles, groupby: ['row'] },
        {
          lookup: 'row',
          from: { data: { values: facts }, key: 'row', fields: ['low', 'high', 'fill', 'tip'] },
        },
        {
          calculate: 'isValid(datum.low) && datum.low >= datum.q1 && datum.high <= datum.q3',
          as: 'isNotched',
        },
        { calculate: 'datum.isNotched ? datum.low : datum.q1', as: 'from' },
        { calculate: 'datum.isNotched ? datum.high : datum.q3', as: 'to' },
        { calculate: 'datum.isNotched ? 0.14 : 0.27', as: 'waist' },
        { calculate: 'datum.row + 0.5 - datum.waist', as: 'waistTop' },
        { calculate: 'datum.row + 0.5 + datum.waist', as: 'waistBottom' },
        { calculate: 'datum.row + 0.87', as: 'below' },
      ],
      layer: [
        {
          transform: [
            { fold: ['q1', 'from', 'median', 'to', 'q3'], as: ['corner', 'time'] },
            { calculate: "datum.corner === 'median' ? datum.waist : 0.27", as: 'half' },
            { calculate: 'datum.row + 0.5 - datum.half', as: 'top' },
            { calculate: 'datum.row + 0.5 + datum.half', as: 'bottom' },
          ],
          mark: { type: 'area', fillOpacity: 1, stroke: ink, strokeWidth: 1, clip: true, aria: true },
          encoding: {
            x: x('time'),
            y: y('top'),
            y2: { field: 'bottom' },
            detail: { field: 'row', type: 'nominal' },
            fill: asIs('fill'),
            ...spoken,
          },
        },
        {
          mark: { type: 'rule', color: '#000', strokeWidth: 2, clip: true },
          encoding: { x: x('median'), y: y('waistTop'), y2: { field: 'waistBottom' } },
        },
        {
          transform: [{ filter: 'isValid(datum.low) && !datum.isNotched' }],
          mark: { type: 'rule', color: ink, strokeWidth: 2.5, clip: true },
          encoding: { x: x('low'), x2: { field: 'high' }, y: y('below') },
        },
      ],
    },
    ...edgeNotes(rows, axis, size),
  ];
}

function boxTip({ sortedUs, interval }: Cell, label: string): string {
  const quartile = (p: number): string => timeText(quantileOf(sortedUs, p));
  const { severeLow, mildLow, mildHigh, severeHigh } = countOutliers(sortedUs);
  const outliers = severeLow + mildLow + mildHigh + severeHigh;
  return [
    label.replace('\n', ', '),
    `median ${quartile(0.5)}${interval === undefined ? '' : ` (95 %: ${timeText(interval.low)} to ${timeText(interval.high)})`}`,
    `quartiles ${quartile(0.25)} to ${quartile(0.75)}`,
    `${outliers.toLocaleString('en-US')} of ${runsText(sortedUs.length)} beyond the whiskers`,
  ].join('\n');
}

/** At both ends of the rows: how many runs the axis does not show, and how far they go. */
function edgeNotes(rows: readonly LabelledCell[], axis: TimeAxis, size: PanelSize): Layer[] {
  const texts = rows.map(({ cell: { sortedUs } }, row) => {
    const { below, above, smallest, largest } = outside(sortedUs, axis);
    return {
      top: row + 0.08,
      low: below === 0 ? '' : `◂ ${runsText(below)} from ${timeText(smallest)}`,
      high: above === 0 ? '' : `${runsText(above)} up to ${timeText(largest)} ▸`,
    };
  });
  return (['low', 'high'] as const).flatMap((side): Layer[] => {
    const values = texts.filter((one) => one[side] !== '');
    if (values.length === 0) return [];
    const align = side === 'low' ? 'left' : 'right';
    return [
      {
        data: { values },
        mark: { type: 'text', align, fontSize: smallText, color: '#444' },
        encoding: {
          x: { value: side === 'low' ? 0 : size.width },
          y: acrossRows(rows, 'top', size),
          text: { field: side, type: 'nominal' },
        },
      },
    ];
  });
}

/** The medians with their intervals: bars from 0, or points on a log axis, which has no 0. */
export function barPanels(data: PlotData, { width, scale }: RowOptions): Panels {
  const { panels, size } = rowPanels(data, width, data.files.length === 1);
  const what = 'Median time per run';
  let isLog = false;
  const drawn = panels.map((panel): Panel => {
    const ends = panel.rows.flatMap(({ cell: { sortedUs, interval } }) => {
      const median = medianOf(sortedUs);
      return [median, interval?.low ?? median, interval?.high ?? median];
    });
    const [lowUs, highUs] = [Math.min(...ends), Math.max(...ends)];
    // Room for the numbers at the ends of the bars.
    const isPoints = wantsLog({ lowUs, highUs }, scale);
    isLog ||= isPoints;
    const axis = isPoints
      ? timeAxis({ lowUs, highUs: highUs * (highUs / lowUs) ** 0.2 }, 'log', { what })
      : timeAxis({ lowUs, highUs: highUs * 1.25 }, 'linear', { what, fromZero: true });
    return panelOf(panel, size, barLayers(panel.rows, axis, size));
  });
  const notes = [
    `Lines with caps: 95 % intervals of the medians.${isLog ? ' Points, not bars, on a log scale: it has no zero.' : ''}`,
    ...(panels.length > 1 ? [ownAxes] : []),
  ];
  return { panels: drawn, columns: 1, indent: size.left, notes: [notes.join(' '), ...data.notes] };
}

function barLayers(rows: readonly LabelledCell[], axis: TimeAxis, size: PanelSize): Layer[] {
  const values = rows.map(({ cell: { file, sortedUs, interval }, label }, row): Row => {
    const median = medianOf(sortedUs);
    const [low, high] = interval === undefined ? [median, median] : [interval.low, interval.high];
    return {
      middle: row + 0.5,
      median: median / axis.unitUs,
      low: low / axis.unitUs,
      high: high / axis.unitUs,
      end: Math.max(high, median) / axis.unitUs,
      hasInterval: interval !== undefined,
      fill: at(fillUrls, file % fillUrls.length),
      text: timeText(median),
      tip: `${label.replace('\n', ', ')}\nmedian ${timeText(median)}${interval === undefined ? '' : ` (95 %: ${timeText(low)} to ${timeText(high)})`}`,
    };
  });
  const y = acrossRows(rows, 'middle', size);
  const bar: Layer = axis.isLog
    ? {
        data: { values },
        mark: { type: 'point', filled: true, fill: ink, opacity: 1, size: 36, aria: true },
        encoding: { x: alongTime(axis, 'median'), y, ...spoken },
      }
    : {
        data: { values },
        mark: { type: 'bar', orient: 'horizontal', size: 20, stroke: ink, strokeWidth: 0.8, aria: true },
        encoding: { x: alongTime(axis, 'median'), y, fill: asIs('fill'), ...spoken },
      };
  const interval: Layer = {
    data: { values },
    transform: [{ filter: 'datum.hasInterval' }],
    mark: { type: 'errorbar', orient: 'horizontal', color: '#000', thickness: 1.2, ticks: { size: 8 } },
    encoding: { x: alongTime(axis, 'low'), x2: { field: 'high' }, y },
  };
  return [
    ...(axis.isLog ? [interval, bar] : [bar, interval]),
    {
      data: { values },
      mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, fontSize: 10.5, color: ink },
      encoding: { x: alongTime(axis, 'end'), y, text: { field: 'text', type: 'nominal' } },
    },
  ];
}
