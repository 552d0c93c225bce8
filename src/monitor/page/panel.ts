import { svgElement } from '../../picture/page/elements.ts';
import type { PageChart } from '../page-data.ts';
import { formatQuantity } from '../quantity.ts';
import { linePath } from './path.ts';
import type { Samples } from './samples.ts';
import { roundCeiling, timeTicks } from './scale.ts';

const margin = { left: 78, right: 10, top: 10, bottom: 22 } as const;
const plotHeight = 150;
const pxPerTick = 90;

/** What all charts of the page show. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly gapMs: number;
  /** The sample that the reader points at. */
  readonly cursor: number | undefined;
}

/** One chart: its picture, and a legend whose buttons hide lines. */
export class Panel {
  readonly element: HTMLElement;
  readonly plot: SVGSVGElement;
  readonly #chart: PageChart;
  readonly #firstLine: number;
  readonly #shown: boolean[];
  readonly #values: HTMLElement[] = [];
  #span: Span = { fromMs: 0, toMs: 1, gapMs: 0, cursor: undefined };

  constructor(chart: PageChart, firstLine: number, redraw: () => void) {
    this.#chart = chart;
    this.#firstLine = firstLine;
    this.#shown = chart.labels.map(() => true);
    this.element = document.createElement('section');
    const title = document.createElement('h2');
    title.textContent = chart.title;
    const legend = document.createElement('ul');
    legend.append(...chart.labels.map((label, at) => this.#entry(label, at, redraw)));
    this.plot = svgElement('svg', { class: 'plot', tabindex: '0', role: 'img', height: String(plotHeight) });
    this.element.append(title, legend, this.plot);
  }

  /** Draws what is known of a span of time. */
  draw(samples: Samples, span: Span): void {
    this.#span = span;
    const { fromMs, toMs, gapMs, cursor } = span;
    const width = Math.max(120, this.plot.clientWidth);
    const frame = {
      width: width - margin.left - margin.right,
      height: plotHeight - margin.top - margin.bottom,
    };
    const first = Math.max(0, samples.indexFrom(fromMs) - 1);
    const times = samples.times.slice(first);
    const lines = this.#chart.labels.map((_, at) => (samples.lines[this.#firstLine + at] ?? []).slice(first));
    const most = this.#most(lines);
    const inside = svgElement('g', { transform: `translate(${margin.left} ${margin.top})` });
    inside.append(...this.#grid(frame, most), ...this.#clock(frame));
    lines.forEach((values, at) => {
      if (this.#shown[at] !== true) return;
      const d = linePath(times, values, { fromMs, toMs, most, gapMs, ...frame });
      const clip = `url(#clip${this.#firstLine})`;
      inside.append(svgElement('path', { class: `line l${at}`, d, 'clip-path': clip }));
    });
    const at = cursor ?? samples.times.length - 1;
    const cursorMs = samples.times[at];
    if (cursor !== undefined && cursorMs !== undefined && cursorMs >= fromMs) {
      const x = String(((cursorMs - fromMs) / (toMs - fromMs)) * frame.width);
      inside.append(svgElement('line', { class: 'cursor', x1: x, x2: x, y1: '0', y2: String(frame.height) }));
    }
    this.plot.setAttribute('viewBox', `0 0 ${width} ${plotHeight}`);
    this.plot.replaceChildren(this.#clip(frame), inside);
    this.#tell(samples, at);
  }

  /** The moment under a point of the screen. */
  timeAt(clientX: number): number {
    const { left, width } = this.plot.getBoundingClientRect();
    const share = (clientX - left - margin.left) / Math.max(1, width - margin.left - margin.right);
    return this.#span.fromMs + Math.min(1, Math.max(0, share)) * (this.#span.toMs - this.#span.fromMs);
  }

  #entry(label: string, at: number, redraw: () => void): HTMLElement {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.setAttribute('type', 'button');
    button.setAttribute('aria-pressed', 'true');
    const swatch = svgElement('svg', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.append(svgElement('path', { class: `line l${at}`, d: 'M1 6h16' }));
    const name = document.createElement('bdi');
    name.textContent = label;
    const value = document.createElement('b');
    this.#values.push(value);
    button.append(swatch, name, value);
    button.addEventListener('click', () => {
      const isDisplayed = this.#shown[at] !== true;
      this.#shown[at] = isDisplayed;
      button.setAttribute('aria-pressed', String(isDisplayed));
      redraw();
    });
    item.append(button);
    return item;
  }

  #most(lines: readonly (readonly (number | null)[])[]): number {
    const { most, quantity } = this.#chart;
    let largest = 0;
    lines.forEach((values, at) => {
      if (this.#shown[at] === true) for (const value of values) largest = Math.max(largest, value ?? 0);
    });
    return most !== null && largest <= most ? most : roundCeiling(largest, quantity);
  }

  #grid({ width, height }: { readonly width: number; readonly height: number }, most: number): SVGElement[] {
    return [0, 0.5, 1].flatMap((share) => {
      const y = String(Math.round(height * (1 - share)) + 0.5);
      const label = svgElement('text', { x: '-8', y, class: 'value', dy: '.32em' });
      label.textContent = formatQuantity(most * share, this.#chart.quantity);
      return [svgElement('line', { class: 'grid', x1: '0', x2: String(width), y1: y, y2: y }), label];
    });
  }

  #clock({ width, height }: { readonly width: number; readonly height: number }): SVGElement[] {
    const { fromMs, toMs } = this.#span;
    const zoneMs = -new Date(toMs).getTimezoneOffset() * 60_000;
    const ticks = timeTicks(fromMs, toMs, Math.max(1, Math.floor(width / pxPerTick)), zoneMs);
    return ticks.flatMap((ms) => {
      const at = ((ms - fromMs) / (toMs - fromMs)) * width;
      const x = String(at);
      // A label that would be cut off says less than none.
      if (at < 24 || at > width - 24) return [];
      const label = svgElement('text', { x, y: String(height + 16), class: 'clock' });
      label.textContent = clock(ms);
      return [
        svgElement('line', { class: 'grid', x1: x, x2: x, y1: String(height), y2: String(height + 4) }),
        label,
      ];
    });
  }

  /** Lines begin before the picture does. */
  #clip({ width, height }: { readonly width: number; readonly height: number }): SVGElement {
    const id = `clip${this.#firstLine}`;
    const clip = svgElement('clipPath', { id });
    clip.append(svgElement('rect', { y: '-2', width: String(width), height: String(height + 4) }));
    return clip;
  }

  #tell(samples: Samples, at: number): void {
    const texts = this.#chart.labels.map((label, line) => {
      const value = samples.lines[this.#firstLine + line]?.[at] ?? null;
      const text = value === null ? '–' : formatQuantity(value, this.#chart.quantity);
      const displayed = this.#values[line];
      if (displayed !== undefined) displayed.textContent = text;
      return `${label} ${value === null ? 'unknown' : text}`;
    });
    const ms = samples.times[at];
    this.plot.setAttribute(
      'aria-label',
      `${this.#chart.title}${ms === undefined ? '' : ` at ${clock(ms)}`}: ${texts.join(', ')}`,
    );
  }
}

/** The reader's own time of day. */
export function clock(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
