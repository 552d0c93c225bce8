import type { Field, PositionDef } from 'vega-lite/types_unstable/channeldef.js';
import { displayText, shortened } from '../../util/display-text.ts';
import { at } from '../../util/indexed.ts';
import type { HistoryEntry } from '../history.ts';
import type { ScaleChoice } from './choices.ts';
import {
  byFile,
  curveIndent,
  type Panel,
  type PanelSize,
  type Panels,
  panelTitle,
  type Row,
  spoken,
  upTime,
} from './panel.ts';
import { nameOf, uniqueLabels } from './plot-data.ts';
import { outerPadding, rightMargin } from './render.ts';
import { timeAxis, timeText } from './time-axis.ts';

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
  /** Its engine and machine. */
  readonly place: string;
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
): Panels {
  const keys = [...new Set(entries.map(placeKey))];
  const places = uniqueLabels(keys, 60);
  const pasts = pastsOf(entries, keys, places);
  const inner = width - 2 * outerPadding;
  const sized = { left: 48, width: inner };
  const indent = curveIndent(sized);
  const size = { left: sized.left, width: inner - indent - rightMargin };
  const by = byFile(places, inner, ['stroke', 'shape']);
  const older = Math.max(0, ...pasts.map(({ points }) => points.length - mostMeasurements));
  return {
    panels: pasts.map((past) => historyPanel(past, by, scale, size)),
    columns: 1,
    indent,
    notes: [
      `Vertical lines: 95 % intervals of the medians. A + marks a work tree with changes.${older > 0 ? ` Up to ${older} older measurements are not drawn.` : ''}`,
      ...(places.length === 1 ? [`All on ${at(places, 0)}.`] : []),
    ],
  };
}

function placeKey({ engine, machine }: HistoryEntry): string {
  return `${engine} on ${machine}`;
}

function pastsOf(
  entries: readonly HistoryEntry[],
  keys: readonly string[],
  places: readonly string[],
): Past[] {
  const pasts = new Map<string, PastMedian[]>();
  for (const entry of entries)
    for (const one of entry.functions) {
      const name = nameOf({ ...one, input: one.input ?? undefined });
      const points = pasts.get(name) ?? [];
      pasts.set(name, points);
      points.push({
        place: at(places, keys.indexOf(placeKey(entry))),
        commit: commitText(entry),
        measured: entry.measured,
        medianUs: one.medianUs,
        lowUs: one.lowUs ?? one.medianUs,
        highUs: one.highUs ?? one.medianUs,
        runs: one.runs,
      });
    }
  const names = uniqueLabels([...pasts.keys()], 70);
  return [...pasts.values()].map((points, index) => ({ name: at(names, index), points }));
}

/** `1a2b3c4+`, or the day where there is no commit. */
function commitText({ commit, dirty, measured }: HistoryEntry): string {
  if (commit === null) return measured.slice(0, 10);
  return `${shortened(displayText(commit.slice(0, 7)), 7)}${dirty ? '+' : ''}`;
}

function historyPanel(
  { name, points: all }: Past,
  by: ReturnType<typeof byFile>,
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
    field: 'index',
    type: 'quantitative',
    scale: { domain: [-0.5, points.length - 0.5], nice: false },
    axis: {
      title: null,
      grid: false,
      values: labels.flatMap((_, index) => ((points.length - 1 - index) % every === 0 ? [index] : [])),
      labelExpr: `${JSON.stringify(labels)}[datum.value]`,
      labelAngle: -45,
      labelOverlap: false,
      labelAlign: 'right',
      labelBaseline: 'middle',
    },
  };
  const y = (field: string) => upTime(axis, field, size);
  const values = points.map(
    ({ place, commit, measured, medianUs, lowUs, highUs, runs }, index): Row => ({
      index,
      file: place,
      median: medianUs / axis.unitUs,
      low: lowUs / axis.unitUs,
      high: highUs / axis.unitUs,
      tip: `${commit}, ${measured.slice(0, 16).replace('T', ' ')}\nmedian ${timeText(medianUs)} (95 %: ${timeText(lowUs)} to ${timeText(highUs)}), ${runs} runs\n${place}`,
    }),
  );
  return {
    title: panelTitle(name, curveIndent(size)),
    width: size.width,
    height,
    data: { values },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.2 },
        encoding: { x, y: y('median'), stroke: by.stroke, strokeDash: by.strokeDash },
      },
      {
        mark: { type: 'rule', strokeWidth: 1.2 },
        encoding: { x, y: y('low'), y2: { field: 'high' }, stroke: by.stroke },
      },
      {
        mark: { type: 'point', fill: '#fff', opacity: 1, size: 34, strokeWidth: 1.3, aria: true },
        encoding: { x, y: y('median'), stroke: by.stroke, shape: by.shape, ...spoken },
      },
    ],
  };
}
