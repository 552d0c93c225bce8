import { smallText, styleOf, textSize } from '../../bench/plots/look.ts';
import { type Panel, type Row, spoken } from '../../bench/plots/panel.ts';
import { textEms } from '../../picture/font-metrics.ts';
import { displayText } from '../../util/display-text.ts';
import type { Chart } from '../chart.ts';
import { formatQuantity } from '../quantity.ts';
import type { Recording } from '../recording.ts';
import { clockText } from '../screen.ts';
import { along, type Band, stretchesOf, type TimeSpan } from './time-axis.ts';

/** What a panel is drawn into. */
export interface PanelPlace {
  readonly width: number;
  /** Room left of the plotting area. */
  readonly left: number;
  readonly span: TimeSpan;
  readonly bands: readonly Band[];
  /** The last one says what the time axis counts. */
  readonly isLast: boolean;
}

type Layer = Panel['layer'][number];

const height = 84;
const pixelsAPoint = 2;
const legendY = -9;

/** One chart of a recording over time. */
export function chartPanel(chart: Chart, recording: Recording, place: PanelPlace): Panel {
  const { width, left, span, isLast } = place;
  const { history } = recording;
  const drawn = chart.lines.map(({ id, label }, at) => ({
    label,
    at,
    stretches: stretchesOf(history.timesMs, history.valuesOf(id), Math.floor(width / pixelsAPoint)),
  }));
  const all = drawn.flatMap(({ stretches }) => stretches);
  const low = all.reduce((least, { low: one }) => Math.min(least, one), 0);
  const largest = all.reduce((most, { high }) => Math.max(most, high), 0);
  const high =
    chart.most !== undefined && largest <= chart.most ? chart.most : largest > low ? largest : low + 1;
  const { step, unit } = stepOf(chart, high);
  const x = {
    type: 'quantitative' as const,
    scale: { domain: [0, along(span, span.endMs)], nice: false },
    axis: {
      title: isLast ? `Time since ${clockText(span.beginMs)} (${span.unit})` : null,
      labels: isLast,
      grid: true,
    },
  };
  const y = {
    type: 'quantitative' as const,
    scale: { domain: [low / step, high / step], nice: chart.most === undefined },
    axis: { title: unit, tickCount: 4, minExtent: left, maxExtent: left },
  };
  const lines = drawn.flatMap(({ label, at, stretches }): Layer[] => {
    const { stroke, dash } = styleOf(at);
    const values = stretches.map(
      ({ timeMs, mean, low: least, high: most, piece }): Row => ({
        at: along(span, timeMs),
        mean: mean / step,
        low: least / step,
        high: most / step,
        piece,
        tip: `${displayText(label)}\n${clockText(timeMs)}: ${formatQuantity(mean, chart.quantity)}${most > least ? `\n${formatQuantity(least, chart.quantity)} to ${formatQuantity(most, chart.quantity)}` : ''}`,
      }),
    );
    const data = { values };
    const detail = { field: 'piece', type: 'nominal' as const };
    const spread: Layer = {
      data,
      mark: { type: 'area', fill: stroke, fillOpacity: 0.18 },
      encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'low' }, y2: { field: 'high' }, detail },
    };
    return [
      ...(stretches.some(({ low: least, high: most }) => most > least) ? [spread] : []),
      {
        data,
        mark: { type: 'line', stroke, strokeDash: [...dash], strokeWidth: 1.3 },
        encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'mean' }, detail },
      },
      {
        data,
        mark: { type: 'point', size: 20, filled: true, opacity: 0, aria: true },
        encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'mean' }, ...spoken },
      },
    ];
  });
  return {
    width,
    height,
    layer: [...gapMarks(recording, place), ...bandRules(place), ...lines, ...legend(chart, left)],
  };
}

/** Where the host did not answer. */
function gapMarks({ outages }: Recording, { span, width }: PanelPlace): Layer[] {
  const pixels = (timeMs: number): number =>
    Math.min(width, Math.max(0, (width * (timeMs - span.beginMs)) / (span.endMs - span.beginMs)));
  return outages.map(({ fromMs, toMs }) => ({
    data: { values: [{}] },
    mark: { type: 'rect', fill: '#eeeeee' },
    encoding: {
      x: { value: pixels(fromMs) },
      x2: { value: pixels(toMs) },
      y: { value: 0 },
      y2: { value: height },
    },
  }));
}

function bandRules({ bands, span }: PanelPlace): Layer[] {
  if (bands.length === 0) return [];
  const values = bands.map(({ fromMs }) => ({ at: along(span, fromMs) }));
  return [
    {
      data: { values },
      mark: { type: 'rule', color: '#999', strokeWidth: 0.75 },
      encoding: { x: { field: 'at', type: 'quantitative' } },
    },
  ];
}

/** The chart's name, and its lines' names in their colours, above the plotting area. */
function legend({ title, lines }: Chart, left: number): Layer[] {
  let at = -left;
  const text = (name: string, weight: 'bold' | 'normal', color: string): Layer => {
    const label = displayText(name);
    const x = at;
    at += textEms(label, weight === 'bold' ? 'bold' : 'regular') * textSize + 8;
    return {
      data: { values: [{}] },
      mark: { type: 'text', text: label, align: 'left', fontSize: textSize, fontWeight: weight, color },
      encoding: { x: { value: x }, y: { value: legendY } },
    };
  };
  const heading = text(title, 'bold', '#222');
  at += 8;
  const keys = lines.flatMap(({ label }, index): Layer[] => {
    const { stroke, dash } = styleOf(index);
    const from = at;
    at += 26;
    const key: Layer = {
      data: { values: [{}] },
      mark: { type: 'rule', color: stroke, strokeDash: [...dash], strokeWidth: 1.6 },
      encoding: { x: { value: from }, x2: { value: from + 22 }, y: { value: legendY } },
    };
    return [key, text(label, 'normal', stroke)];
  });
  return [heading, ...keys];
}

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** The unit of an axis: what its values are divided by, and its name. */
function stepOf({ quantity }: Chart, high: number): { readonly step: number; readonly unit: string } {
  switch (quantity) {
    case 'bytes':
    case 'bytes/s': {
      const power = Math.max(0, Math.min(binary.length - 1, Math.floor(Math.log2(Math.max(1, high)) / 10)));
      return { step: 1024 ** power, unit: `${binary[power] ?? 'B'}${quantity === 'bytes' ? '' : '/s'}` };
    }
    case 'percent':
      return { step: 1, unit: '%' };
    case 'seconds':
      return { step: 1, unit: 's' };
    case 'count/s':
    case 'number/s':
      return { step: 1, unit: '1/s' };
    default:
      return { step: 1, unit: '' };
  }
}

/** A strip with the names of a benchmark's blocks, over the charts. */
export function bandPanel({ bands, span, width, left }: PanelPlace): Panel {
  const pixels = (timeMs: number): number => (width * (timeMs - span.beginMs)) / (span.endMs - span.beginMs);
  const strip = 18;
  const layer = bands.flatMap(({ label: name, fromMs, toMs }, index): Layer[] => {
    const label = displayText(name);
    const [from, to] = [pixels(fromMs), pixels(toMs)];
    const isDisplayed = textEms(label, 'regular') * smallText < to - from - 4;
    const box: Layer = {
      data: { values: [{ tip: `${displayText(label)}\n${clockText(fromMs)} to ${clockText(toMs)}` }] },
      mark: {
        type: 'rect',
        fill: index % 2 === 0 ? '#cfe3f2' : '#fbdcc4',
        stroke: '#777',
        strokeWidth: 0.5,
        aria: true,
      },
      encoding: { x: { value: from }, x2: { value: to }, y: { value: 0 }, y2: { value: strip }, ...spoken },
    };
    const labelLayer: Layer = {
      data: { values: [{}] },
      mark: {
        type: 'text',
        text: label,
        align: 'left',
        baseline: 'middle',
        fontSize: smallText,
        color: '#222',
      },
      encoding: { x: { value: from + 3 }, y: { value: strip / 2 } },
    };
    return isDisplayed ? [box, labelLayer] : [box];
  });
  const title: Layer = {
    data: { values: [{}] },
    mark: {
      type: 'text',
      text: 'Runs',
      align: 'left',
      baseline: 'middle',
      fontSize: textSize,
      fontWeight: 'bold',
      color: '#222',
    },
    encoding: { x: { value: -left }, y: { value: strip / 2 } },
  };
  return { width, height: strip, layer: [title, ...layer] };
}
