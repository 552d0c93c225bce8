import { fittedEms, textEms } from '../../picture/font-metrics.ts';
import { displayText, escapeXml, formatDuration } from '../../util/display-text.ts';
import { type CriticalPath, pathByHost } from '../critical-path.ts';
import type { MeasuredGraph } from '../measure.ts';
import type { DrawnNode } from './drawn-nodes.ts';
import type { HostStyle } from './host-colours.ts';

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

const size = 11;
const sampleWidth = 24;
const gap = 20;
const lineHeight = 20;
const mostHosts = 24;

/** What colours and lines mean: a host an entry, and whichever marks the picture has. */
export function legendOf({ nodes, styles, graph, path }: LegendParts): Legend {
  const entries = [...hostEntries(styles), ...markEntries(nodes, graph, path)];
  const widths = entries.map(({ text }) => sampleWidth + textEms(text, 'regular') * size + gap);
  return {
    wanted: widths.reduce((sum, width) => sum + width, -gap),
    draw(width) {
      const lines: string[] = [];
      let [x, y] = [0, 0];
      entries.forEach(({ sample, text }, at) => {
        const own = widths[at] ?? 0;
        if (x > 0 && x + own - gap > width) [x, y] = [0, y + lineHeight];
        const label = `<text x="${sampleWidth}" y="10" font-size="${size}">${escapeXml(text)}</text>`;
        lines.push(`<g transform="translate(${Math.round(x)} ${y})">${sample}${label}</g>`);
        x += own;
      });
      return { height: y + lineHeight, lines };
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
