import type { Field, PositionDef } from 'vega-lite/types_unstable/channeldef.js';
import { displayText, shortened } from '../../util/display-text.ts';
import type { HistoryEntry } from '../history.ts';
import type { ScaleChoice } from './choices.ts';
import { outerPadding, rightMargin } from './figure.ts';
import { styleOf } from './look.ts';
import {
  alongTime,
  asIs,
  type Mark,
  type Panel,
  type PanelSize,
  panelTitle,
  type Row,
  spoken,
} from './panel.ts';
import { nameOf, uniqueLabels } from './plot-data.ts';
import type { RunPanels } from './run-panels.ts';
import { timeAxis, timeText } from './time-axis.ts';
import { curveIndent, legendPanels } from './xy-panel.ts';

/** Measurements that a panel has room for; older ones are left out. */
const mostMeasurements = 60;
const mostLabels = 20;
const height = 150;

/** A function's medians, oldest first. */
interface Past {
  readonly name: string;
  readonly points: readonly PastMedian[];
}

interface PastMedian {
  /** Index of its machine and engine. */
  readonly place: number;
  readonly commit: string;
  readonly measured: string;
  readonly medianUs: number;
  readonly lowUs: number;
  readonly highUs: number;
  readonly runs: number;
}

/** The panels of a history: a function each, its medians with their intervals in the order of the measurements, machine by machine. */
export function historyPanels(
  entries: readonly HistoryEntry[],
  { width, scale }: { readonly width: number; readonly scale: ScaleChoice },
): RunPanels {
  const keys = [...new Set(entries.map(placeKey))];
  const places = uniqueLabels(keys, 60);
  const pasts = pastsOf(entries, keys);
  const inner = width - 2 * outerPadding;
  const sized = { left: 48, width: inner };
  const indent = curveIndent(sized);
  const size = { left: sized.left, width: inner - indent - rightMargin };
  const older = Math.max(0, ...pasts.map(({ points }) => points.length - mostMeasurements));
  return {
    legend: legendPanels(places, 'both', { widthPx: inner, indent }),
    panels: pasts.map((past) => historyPanel(past, places, scale, size)),
    columns: 1,
    indent,
    notes: [
      `Vertical lines: 95 % intervals of the medians. A + marks a work tree with changes.${older > 0 ? ` Up to ${older} older measurements are not drawn.` : ''}`,
      ...(places.length === 1 ? [`All on ${places[0] ?? ''}.`] : []),
    ],
  };
}

function placeKey({ engine, machine }: HistoryEntry): string {
  return `${engine} on ${machine}`;
}

function pastsOf(entries: readonly HistoryEntry[], keys: readonly string[]): Past[] {
  const pasts = new Map<string, PastMedian[]>();
  for (const entry of entries)
    for (const one of entry.functions) {
      const name = nameOf({ ...one, input: one.input ?? undefined });
      const points = pasts.get(name) ?? [];
      pasts.set(name, points);
      points.push({
        place: keys.indexOf(placeKey(entry)),
        commit: commitWord(entry),
        measured: entry.measured,
        medianUs: one.medianUs,
        lowUs: one.lowUs ?? one.medianUs,
        highUs: one.highUs ?? one.medianUs,
        runs: one.runs,
      });
    }
  const names = uniqueLabels([...pasts.keys()], 70);
  return [...pasts.values()].map((points, at) => ({ name: names[at] ?? '', points }));
}

/** `1a2b3c4+`, or the day where there is no commit. */
function commitWord({ commit, dirty, measured }: HistoryEntry): string {
  if (commit === null) return measured.slice(0, 10);
  return `${shortened(displayText(commit.slice(0, 7)), 7)}${dirty ? '+' : ''}`;
}

function historyPanel(
  { name, points: all }: Past,
  places: readonly string[],
  scale: ScaleChoice,
  size: PanelSize,
): Panel {
  const points = all.slice(-mostMeasurements);
  const range = {
    lowUs: Math.min(...points.map(({ lowUs }) => lowUs)),
    highUs: Math.max(...points.map(({ highUs }) => highUs)),
  };
  const axis = timeAxis(range, scale, { what: 'Median', ticks: 4 });
  const every = Math.ceil(points.length / mostLabels);
  const labels = points.map(({ commit }) => commit);
  const x: PositionDef<Field> = {
    field: 'at',
    type: 'quantitative',
    scale: { domain: [-0.5, points.length - 0.5], nice: false },
    axis: {
      title: null,
      grid: false,
      values: labels.flatMap((_, at) => ((points.length - 1 - at) % every === 0 ? [at] : [])),
      labelExpr: `${JSON.stringify(labels)}[datum.value]`,
      labelAngle: -45,
      labelOverlap: false,
      labelAlign: 'right',
      labelBaseline: 'middle',
    },
  };
  const along = alongTime(axis, 'us');
  const y: PositionDef<Field> = {
    ...along,
    axis: { ...axis.axis, minExtent: size.left, maxExtent: size.left },
  };
  const rows = points.map((point, at): Row & { readonly place: number } => {
    const { stroke, shape } = styleOf(point.place);
    return {
      at,
      place: point.place,
      us: point.medianUs / axis.unitUs,
      low: point.lowUs / axis.unitUs,
      high: point.highUs / axis.unitUs,
      stroke,
      shape,
      tip: `${point.commit}, ${point.measured.slice(0, 16).replace('T', ' ')}\nmedian ${timeText(point.medianUs)} (95 %: ${timeText(point.lowUs)} to ${timeText(point.highUs)}), ${point.runs} runs\n${places[point.place] ?? ''}`,
    };
  });
  const data = { values: rows };
  return {
    title: panelTitle(name, curveIndent(size)),
    width: size.width,
    height,
    layer: [
      ...places.flatMap((_, place): Panel['layer'] => {
        const { stroke, dash } = styleOf(place);
        const own = rows.filter((row) => row.place === place);
        if (own.length < 2) return [];
        const mark = { type: 'line', stroke, strokeDash: [...dash], strokeWidth: 1.2 } satisfies Mark['mark'];
        return [{ data: { values: own }, mark, encoding: { x, y } }];
      }),
      {
        data,
        mark: { type: 'rule', strokeWidth: 1.2 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, stroke: asIs('stroke') },
      },
      {
        data,
        mark: { type: 'point', fill: '#fff', opacity: 1, size: 34, strokeWidth: 1.3, aria: true },
        encoding: { x, y, stroke: asIs('stroke'), shape: asIs('shape'), ...spoken },
      },
    ],
  };
}
