import { part } from '../../picture/page/elements.ts';
import type { PageData, PageSample } from '../page-data.ts';
import { clock, Panel } from './panel.ts';
import { Samples } from './samples.ts';

/** What is shown at once: seconds, or everything. */
const spans = [60, 300, 900, Number.POSITIVE_INFINITY] as const;
const leastSpanMs = 5000;

/** The page: follows the stream of samples, and what pointer and keys do to all charts together. */
export class Dashboard {
  readonly #data: PageData;
  readonly #samples: Samples;
  readonly #panels: readonly Panel[];
  readonly #state: HTMLElement;
  readonly #pauseButton: HTMLElement;
  readonly #spanButtons: readonly HTMLElement[];
  #span: number = spans[1];
  #cursorMs: number | undefined;
  /** Where the picture stands still; undefined while it moves. */
  #pausedMs: number | undefined;
  #connection: 'open' | 'lost' | 'ended' = 'lost';
  #isDue = false;

  constructor(data: PageData) {
    this.#data = data;
    const redraw = (): void => this.#redraw();
    let line = 0;
    this.#panels = data.charts.map((chart) => {
      const panel = new Panel(chart, line, redraw);
      line += chart.labels.length;
      return panel;
    });
    this.#samples = new Samples(line);
    part(document, 'main', HTMLElement).append(...this.#panels.map(({ element }) => element));
    this.#state = part(document, '#state', HTMLElement);
    this.#pauseButton = part(document, '#pause', HTMLElement);
    this.#spanButtons = spans.map((_, at) => part(document, `#span${at}`, HTMLElement));
    this.#listen();
    this.#follow();
  }

  #listen(): void {
    this.#pauseButton.addEventListener('click', () => this.#togglePause());
    for (const [at, button] of this.#spanButtons.entries())
      button.addEventListener('click', () => this.#show(at));
    document.addEventListener('keydown', (event) => this.#pageKey(event));
    window.addEventListener('resize', () => this.#redraw());
    document.addEventListener('visibilitychange', () => this.#redraw());
    for (const panel of this.#panels) {
      panel.plot.addEventListener('pointermove', ({ clientX }) => this.#point(panel.timeAt(clientX)));
      panel.plot.addEventListener('pointerleave', () => this.#point(undefined));
      panel.plot.addEventListener('keydown', (event) => this.#plotKey(event));
      panel.plot.addEventListener('blur', () => this.#point(undefined));
    }
  }

  #follow(): void {
    const stream = new EventSource('events');
    stream.addEventListener('open', () => this.#connect('open'));
    stream.addEventListener('samples', ({ data }) => {
      const samples: readonly PageSample[] = JSON.parse(data);
      for (const sample of samples) this.#samples.add(sample);
      this.#redraw();
    });
    stream.addEventListener('end', () => {
      stream.close();
      this.#connect('ended');
    });
    stream.addEventListener('error', () => {
      if (this.#connection !== 'ended')
        this.#connect(stream.readyState === EventSource.CLOSED ? 'ended' : 'lost');
    });
  }

  #connect(connection: 'open' | 'lost' | 'ended'): void {
    this.#connection = connection;
    this.#redraw();
  }

  #togglePause(): void {
    this.#pausedMs = this.#pausedMs === undefined ? this.#samples.times.at(-1) : undefined;
    this.#pauseButton.setAttribute('aria-pressed', String(this.#pausedMs !== undefined));
    this.#redraw();
  }

  #show(at: number): void {
    this.#span = spans[at] ?? this.#span;
    for (const [other, button] of this.#spanButtons.entries())
      button.setAttribute('aria-pressed', String(at === other));
    this.#redraw();
  }

  #point(ms: number | undefined): void {
    this.#cursorMs = ms;
    this.#redraw();
  }

  #pageKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'p') this.#togglePause();
    const at = ['1', '2', '3', '4'].indexOf(event.key);
    if (at >= 0) this.#show(at);
  }

  #plotKey(event: KeyboardEvent): void {
    const { times } = this.#samples;
    const last = times.length - 1;
    const at = this.#cursorMs === undefined ? last : (this.#samples.nearest(this.#cursorMs) ?? last);
    const first = this.#samples.indexFrom(this.#range().fromMs);
    const next: Readonly<Record<string, number>> = {
      ArrowLeft: Math.max(first, this.#cursorMs === undefined ? at : at - 1),
      ArrowRight: Math.min(last, at + 1),
      Home: first,
      End: last,
    };
    const wanted = next[event.key];
    if (event.key === 'Escape') this.#point(undefined);
    if (wanted === undefined) return;
    event.preventDefault();
    this.#point(times[wanted]);
  }

  #range(): { readonly fromMs: number; readonly toMs: number } {
    const { times } = this.#samples;
    const toMs = this.#pausedMs ?? times.at(-1) ?? 0;
    const firstMs = times[0] ?? toMs;
    const isAll = this.#span === Number.POSITIVE_INFINITY;
    if (isAll) return { fromMs: Math.min(firstMs, toMs - leastSpanMs), toMs };
    // Mostly empty charts say little: a long span begins as a short one.
    return { fromMs: Math.max(toMs - this.#span * 1000, Math.min(firstMs, toMs - spans[0] * 1000)), toMs };
  }

  /** Once a frame at most, and not while nobody looks. */
  #redraw(): void {
    if (this.#isDue || document.hidden) return;
    this.#isDue = true;
    window.requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const cursor = this.#cursorMs === undefined ? undefined : this.#samples.nearest(this.#cursorMs);
    const gapMs = Math.max(2.5 * this.#data.intervalMs, 1500);
    for (const panel of this.#panels) panel.draw(this.#samples, { ...this.#range(), gapMs, cursor });
    const text = this.#stateText();
    if (this.#state.textContent !== text) this.#state.textContent = text;
    const isBad = this.#connection !== 'open' || this.#samples.outage !== undefined;
    this.#state.classList.toggle('bad', isBad);
  }

  #stateText(): string {
    const { outage } = this.#samples;
    if (this.#connection === 'ended') return 'Ended: tasks monitor runs no more';
    if (this.#connection === 'lost') return 'Waiting for tasks monitor';
    if (outage !== undefined) return `No answer since ${clock(outage.sinceMs)}: ${outage.why}`;
    if (this.#pausedMs !== undefined) return `Paused at ${clock(this.#pausedMs)}`;
    return this.#samples.times.length === 0 ? 'Waiting for the first sample' : 'Live';
  }
}
