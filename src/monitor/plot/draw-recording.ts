import { drawFigure } from '../../bench/plots/render.ts';
import type { Session } from '../../bench/session.ts';
import type { Recording } from '../recording.ts';
import { bandPanel, chartPanel, type PanelPlace } from './chart-panel.ts';
import { benchBands, timeSpan } from './time-axis.ts';

export interface RecordingPicture {
  readonly title: string;
  /** Pixels. */
  readonly width: number;
  /** A benchmark that ran meanwhile. */
  readonly bench: { readonly session: Session; readonly displayName: string } | undefined;
}

const left = 52;
const margins = 34;

/** Draws a recording: a panel a chart, below each other over one time axis, as an SVG. @throws TaskError from {@link benchBands} */
export async function drawRecording(
  recording: Recording,
  { title, width, bench }: RecordingPicture,
): Promise<string> {
  const span = timeSpan(recording);
  const bands = bench === undefined ? [] : benchBands(bench.session, span, bench.displayName);
  const place: PanelPlace = { width: width - left - margins, left, span, bands, isLast: false };
  const charts = recording.history.charts.filter(({ lines }) =>
    lines.some(({ id }) => recording.history.valuesOf(id).some((value) => value !== undefined)),
  );
  const panels = charts.map((chart, index) =>
    chartPanel(chart, recording, { ...place, isLast: index === charts.length - 1 }),
  );
  return await drawFigure({
    title,
    legend: bands.length === 0 ? [] : [bandPanel(place)],
    panels,
    columns: 1,
    indent: left,
    notes: recording.outages.length === 0 ? [] : ['Grey: the host did not answer.'],
    width,
  });
}
