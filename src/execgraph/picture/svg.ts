import { fittedEms, textEms } from '../../picture/font-metrics.ts';
import { displayText, escapeXml, formatDuration } from '../../util/display-text.ts';
import { at } from '../../util/indexed.ts';
import { type CriticalPath, criticalPath, pathByHost } from '../critical-path.ts';
import { type DrawnNode, drawnNodes } from '../folding.ts';
import { groupBy, type MeasuredCall, type MeasuredGraph } from '../measure.ts';
import { headline } from '../text.ts';
import { type BoxText, boxText, type HostStyle, hostStyles, mixedTint } from './boxes.ts';
import { type Layout, layOut, type PlacedBox, type Size } from './layout.ts';

/** What stands over the picture. */
export interface PictureOptions {
  readonly title: string;
}

const fontFamily = "'DejaVu Sans', Verdana, sans-serif";
const margin = 24;
const nameSize = 13;
const textSize = 11;
const lineHeight = 16;
const padding = 10;
const stripe = 5;
const barHeight = 4;
const widestText = 230;
/** How far the sheets behind a box of several calls stick out. */
const sheets = 6;
export const ink = '#1d1f24';
export const muted = '#5c6370';
export const alarm = '#b00020';

/** The graph as one SVG that needs nothing else: boxes laid out by Graphviz, a colour a host, a legend. */
export async function renderPicture(graph: MeasuredGraph, options: PictureOptions): Promise<string> {
  const path = criticalPath(graph);
  const nodes = drawnNodes(graph, path);
  const styles = hostStyles(graph.calls);
  const texts = nodes.map(boxText);
  const layout = await layOut(
    nodes,
    nodes.map((node, at) => sizeOf(node, texts[at])),
  );
  const title = fittedEms(displayText(options.title), 60, 'bold');
  const subtitle = headline(graph);
  const legend = legendOf({ nodes, styles: [...styles.values()], graph, path });
  const inner = Math.max(
    layout.width,
    Math.min(legend.wanted, 640),
    textEms(title, 'bold') * 17,
    textEms(subtitle, 'regular') * 12,
    240,
  );
  const laidLegend = legend.draw(inner);
  const top = margin + 50;
  const width = Math.ceil(inner + 2 * margin);
  const height = Math.ceil(top + layout.height + 24 + laidLegend.height + margin);
  const left = margin + (inner - layout.width) / 2;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="graph-title graph-desc" font-family="${fontFamily}" fill="${ink}">`,
    `<title id="graph-title">${escapeXml(`${title}: execution graph`)}</title>`,
    `<desc id="graph-desc">${escapeXml(subtitle)}</desc>`,
    '<defs>',
    marker('arrow', '#7a828e'),
    marker('arrow-critical', ink),
    '</defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin}" y="${margin + 14}" font-size="17" font-weight="bold">${escapeXml(title)}</text>`,
    `<text x="${margin}" y="${margin + 33}" font-size="12" fill="${muted}">${escapeXml(subtitle)}</text>`,
    `<g transform="translate(${round(left)} ${top})">`,
    ...edgesOf(layout),
    ...layout.boxes.map((box) => boxOf(box, texts[box.node.id], styles, graph)),
    '</g>',
    `<g transform="translate(${margin} ${round(top + layout.height + 24)})">`,
    ...laidLegend.lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function marker(id: string, colour: string): string {
  return `<marker id="${id}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0.5L8,4L0,7.5Z" fill="${colour}"/></marker>`;
}

interface Run {
  readonly text: string;
  readonly kind: 'plain' | 'trouble' | 'host';
}

/** The lines under the name, each of one or two runs of text. */
function rowsOf(text: BoxText): Run[][] {
  const [first, ...rest] = text.lines;
  const trouble: Run[] = text.trouble === '' ? [] : [{ text: text.trouble, kind: 'trouble' }];
  const top: Run[] =
    first === undefined ? [] : [{ text: trouble.length === 0 ? first : `${first}, `, kind: 'plain' }];
  const rows = [[...top, ...trouble], ...rest.map((line): Run[] => [{ text: line, kind: 'plain' }])];
  const host: Run[] = text.host === '' ? [] : [{ text: text.host, kind: 'host' }];
  return [...rows, host].filter((row) => row.length > 0);
}

function weightOf({ kind }: Run): 'bold' | 'regular' {
  return kind === 'trouble' ? 'bold' : 'regular';
}

function rowWidth(row: readonly Run[]): number {
  return row.reduce((sum, run) => sum + textEms(run.text, weightOf(run)), 0) * textSize;
}

function nameOf(text: BoxText): string {
  return fittedEms(text.name, widestText / nameSize - textEms(text.times, 'bold'), 'bold');
}

function sizeOf({ calls }: DrawnNode, text: BoxText | undefined): Size {
  if (text === undefined) return { width: 0, height: 0 };
  const times = text.times === '' ? 0 : textEms(` ${text.times}`, 'bold') * nameSize + 6;
  const rows = rowsOf(text);
  const inner = Math.min(
    widestText,
    Math.max(textEms(nameOf(text), 'bold') * nameSize + times, ...rows.map(rowWidth), 70),
  );
  const bar = hasBar(calls) ? barHeight + 6 : 0;
  return {
    width: Math.ceil(inner + 2 * padding + stripe + sheets),
    height: Math.ceil(2 * padding + nameSize + rows.length * lineHeight + bar + sheets),
  };
}

function edgesOf({ edges }: Layout): string[] {
  const isCritical = (edge: (typeof edges)[number]): boolean => edge.from.isCritical && edge.to.isCritical;
  // What matters is drawn last, over the rest.
  return edges
    .toSorted((a, b) => Number(isCritical(a)) - Number(isCritical(b)))
    .map((edge) => {
      const look = isCritical(edge)
        ? `stroke="${ink}" stroke-width="2.2" marker-end="url(#arrow-critical)"`
        : 'stroke="#7a828e" stroke-width="1.1" marker-end="url(#arrow)"';
      const [call] = edge.to.calls;
      const isOpen = call === undefined || call.state === 'unfinished' || call.state === 'missing';
      return `<path d="${edge.path}" fill="none" ${look}${isOpen ? ' stroke-dasharray="4 3"' : ''}/>`;
    });
}

function boxOf(
  box: PlacedBox,
  text: BoxText | undefined,
  styles: ReadonlyMap<string | undefined, HostStyle>,
  graph: MeasuredGraph,
): string {
  if (text === undefined) return '';
  const { node, x, y } = box;
  const { calls, isCritical } = node;
  const [call] = calls;
  const behind = calls.length > 1 ? sheets : 0;
  const [width, height] = [round(box.width - behind), round(box.height - behind)];
  const hosts = groupBy(calls, ({ host }) => host);
  const state = call?.state;
  const style = hosts.size > 1 ? undefined : styles.get(call?.host);
  const isOpen = state === undefined || state === 'unfinished' || state === 'missing';
  const edge = state === 'failed' ? alarm : isCritical ? ink : isOpen ? muted : (style?.strong ?? muted);
  const dash = isOpen ? ' stroke-dasharray="5 3"' : '';
  const weight = isCritical || state === 'failed' ? 2.2 : 1.2;
  const fill = isOpen ? '#ffffff' : (style?.tint ?? mixedTint);
  const sheet = (by: number): string =>
    `<rect x="${by}" y="${by}" width="${width}" height="${height}" rx="5" fill="${fill}" stroke="${edge}" stroke-width="1"${dash}/>`;
  const lines = [
    `<g class="call${state === undefined ? ' more' : ` ${state}`}" transform="translate(${x} ${y})">`,
    `<title>${escapeXml(text.facts.join('\n'))}</title>`,
    ...(calls.length > 1 ? [sheet(sheets), sheet(sheets / 2)] : []),
    `<rect class="box" width="${width}" height="${height}" rx="5" fill="${fill}" stroke="${edge}" stroke-width="${weight}"${dash}/>`,
    ...(isOpen ? [] : stripesOf(hosts, height, styles)),
  ];
  const textX = padding + stripe;
  let baseline = padding + nameSize - 2;
  const isItalic = calls.length === 0 ? ' font-style="italic"' : '';
  lines.push(
    `<text x="${textX}" y="${baseline}" font-size="${nameSize}" font-weight="bold"${isItalic}>${escapeXml(nameOf(text))}</text>`,
  );
  if (text.times !== '') {
    lines.push(
      `<text x="${round(width - padding)}" y="${baseline}" font-size="${nameSize}" font-weight="bold" text-anchor="end">${escapeXml(text.times)}</text>`,
    );
  }
  for (const row of rowsOf(text)) {
    baseline += lineHeight;
    const runs = row.map((run) => {
      const colour = run.kind === 'host' ? muted : run.kind === 'trouble' && state === 'failed' ? alarm : ink;
      const displayName = fittedEms(run.text, widestText / textSize, weightOf(run));
      return `<tspan fill="${colour}"${run.kind === 'trouble' ? ' font-weight="bold"' : ''}>${escapeXml(displayName)}</tspan>`;
    });
    lines.push(`<text x="${textX}" y="${baseline}" font-size="${textSize}">${runs.join('')}</text>`);
  }
  if (hasBar(calls)) {
    lines.push(
      ...whenBar(
        node,
        graph,
        { x: textX, y: height - padding - barHeight + 2, width: width - textX - padding },
        style,
      ),
    );
  }
  lines.push('</g>');
  return lines.join('\n');
}

/** The left edge of a box in the colours of its hosts, each as long as its share of the calls. */
function stripesOf(
  hosts: ReadonlyMap<string | undefined, readonly MeasuredCall[]>,
  height: number,
  styles: ReadonlyMap<string | undefined, HostStyle>,
): string[] {
  const count = [...hosts.values()].reduce((sum, { length }) => sum + length, 0);
  const inside = height - 2;
  let y = 1;
  return [...hosts].map(([host, { length }], at) => {
    const own = round((inside * length) / count);
    const [top, bottom] = [at === 0 ? 4 : 0, at === hosts.size - 1 ? 4 : 0];
    const d = `M${1 + stripe},${round(y)}v${own}H${1 + bottom}${bottom > 0 ? 'q-4,0 -4,-4' : ''}V${round(y + top)}${top > 0 ? 'q0,-4 4,-4' : ''}Z`;
    y += own;
    return `<path d="${d}" fill="${styles.get(host)?.strong ?? muted}"/>`;
  });
}

function hasBar(calls: readonly MeasuredCall[]): boolean {
  return calls.some(({ startMs, finishMs }) => startMs !== undefined && finishMs !== undefined);
}

/** When these calls ran, on the time axis of the whole graph. */
function whenBar(
  { calls }: DrawnNode,
  { startMs: graphStart, finishMs: graphFinish }: MeasuredGraph,
  place: { readonly x: number; readonly y: number; readonly width: number },
  style: HostStyle | undefined,
): string[] {
  if (graphStart === undefined || graphFinish === undefined || graphFinish <= graphStart) return [];
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { startMs, finishMs } of calls) {
    from = Math.min(from, startMs ?? from);
    to = Math.max(to, finishMs ?? to);
  }
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [];
  const scale = place.width / (graphFinish - graphStart);
  const length = Math.max(1.5, (Math.max(from, to) - from) * scale);
  const start = Math.min(place.width - length, (from - graphStart) * scale);
  const at = `y="${round(place.y)}" height="${barHeight}" rx="1"`;
  const when = `from ${formatDuration(from - graphStart)} to ${formatDuration(to - graphStart)}`;
  return [
    `<rect x="${round(place.x)}" width="${round(place.width)}" ${at} fill="#000000" fill-opacity="0.1"/>`,
    `<rect class="when" x="${round(place.x + start)}" width="${round(length)}" ${at} fill="${style?.strong ?? muted}"><title>${when}</title></rect>`,
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

interface LegendParts {
  readonly nodes: readonly DrawnNode[];
  readonly styles: readonly HostStyle[];
  readonly graph: MeasuredGraph;
  readonly path: CriticalPath | undefined;
}

interface Legend {
  /** The width in which everything stands in one line. */
  readonly wanted: number;
  /** The legend, broken into lines of this width. */
  draw(width: number): { readonly height: number; readonly lines: readonly string[] };
}

interface Entry {
  /** SVG in a space of 18 by 12 pixels. */
  readonly sample: string;
  readonly text: string;
}

const sampleWidth = 24;
const gap = 20;
const legendLine = 20;
const mostHosts = 24;

/** What colours and lines mean: a host an entry, and whichever marks the picture has. */
function legendOf({ nodes, styles, graph, path }: LegendParts): Legend {
  const entries = [...hostEntries(styles), ...markEntries(nodes, graph, path)];
  const widths = entries.map(({ text }) => sampleWidth + textEms(text, 'regular') * textSize + gap);
  return {
    wanted: widths.reduce((sum, width) => sum + width, -gap),
    draw(width) {
      const lines: string[] = [];
      let [x, y] = [0, 0];
      entries.forEach(({ sample, text }, entry) => {
        const own = at(widths, entry);
        if (x > 0 && x + own - gap > width) [x, y] = [0, y + legendLine];
        const label = `<text x="${sampleWidth}" y="10" font-size="${textSize}">${escapeXml(text)}</text>`;
        lines.push(`<g transform="translate(${Math.round(x)} ${y})">${sample}${label}</g>`);
        x += own;
      });
      return { height: y + legendLine, lines };
    },
  };
}

function hostEntries(styles: readonly HostStyle[]): Entry[] {
  const entries = styles.slice(0, mostHosts).map(({ host, tint, strong, calls }) => ({
    sample: `<rect x="0.5" y="0.5" width="17" height="11" rx="2" fill="${tint}" stroke="${strong}"/><rect x="0.5" y="0.5" width="5" height="11" rx="1" fill="${strong}"/>`,
    text: `${host === undefined ? 'unknown host' : fittedEms(displayText(host), 24, 'regular')} (${calls})`,
  }));
  const rest = styles.length - entries.length;
  return rest > 0 ? [...entries, { sample: '', text: `and ${rest} more hosts` }] : entries;
}

function markEntries(
  nodes: readonly DrawnNode[],
  { startMs, finishMs }: MeasuredGraph,
  path: CriticalPath | undefined,
): Entry[] {
  const entries: Entry[] = [];
  const has = (test: (node: DrawnNode) => boolean): boolean => nodes.some(test);
  const stateOf = ({ calls }: DrawnNode): string | undefined => calls[0]?.state;
  if (path !== undefined && nodes.filter(({ isCritical }) => isCritical).length > 1) {
    const [most] = pathByHost(path);
    const share =
      most === undefined ? '' : `, ${Math.round(most.share * 100)} % on ${displayText(most.name)}`;
    entries.push({
      sample: '<path d="M0,6H18" stroke="#1d1f24" stroke-width="2.2"/>',
      text: `critical path: ${formatDuration(path.lengthMs)}${fittedEms(share, 30, 'regular')}`,
    });
  }
  if (has((node) => stateOf(node) === 'failed')) {
    entries.push({
      sample:
        '<rect x="1" y="1" width="16" height="10" rx="2" fill="none" stroke="#b00020" stroke-width="2.2"/>',
      text: 'failed',
    });
  }
  if (has((node) => stateOf(node) === 'unfinished' || stateOf(node) === 'missing' || node.hidden > 0)) {
    entries.push({
      sample:
        '<rect x="1" y="1" width="16" height="10" rx="2" fill="none" stroke="#5c6370" stroke-dasharray="4 2.5"/>',
      text: has(({ hidden }) => hidden > 0) ? 'no result, or not drawn' : 'no result',
    });
  }
  if (has(({ calls }) => calls.length > 1)) {
    entries.push({
      sample:
        '<rect x="4" y="4" width="13" height="8" rx="2" fill="#ffffff" stroke="#5c6370"/><rect x="0.5" y="0.5" width="13" height="8" rx="2" fill="#ffffff" stroke="#5c6370"/>',
      text: 'several calls alike',
    });
  }
  if (startMs !== undefined && finishMs !== undefined && finishMs > startMs) {
    entries.push({
      sample:
        '<rect x="0" y="4" width="18" height="4" rx="1" fill="#000000" fill-opacity="0.1"/><rect x="5" y="4" width="8" height="4" rx="1" fill="#5c6370"/>',
      text: `when it ran within ${formatDuration(finishMs - startMs)}`,
    });
  }
  return entries;
}
