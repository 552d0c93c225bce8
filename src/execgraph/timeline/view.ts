const marginShare = 0.012;
/** Times have whole milliseconds: closer than this there is nothing more to see. */
const closestMs = 2;

/** The stretch of time that is shown, and its width on the screen. */
export class View {
  readonly #first: number;
  readonly #last: number;
  fromMs: number;
  toMs: number;
  widthPx = 1;

  constructor(spanMs: number) {
    const margin = Math.max(spanMs, 1) * marginShare;
    this.#first = -margin;
    this.#last = Math.max(spanMs, 1) + margin;
    this.fromMs = this.#first;
    this.toMs = this.#last;
  }

  get spanMs(): number {
    return this.toMs - this.fromMs;
  }

  get wholeMs(): number {
    return this.#last - this.#first;
  }

  get isWhole(): boolean {
    return this.spanMs >= this.wholeMs * 0.9999;
  }

  x(ms: number): number {
    return ((ms - this.fromMs) / this.spanMs) * this.widthPx;
  }

  ms(x: number): number {
    return this.fromMs + (x / this.widthPx) * this.spanMs;
  }

  /** Where a moment stands in the overview, which always shows everything. */
  overviewX(ms: number): number {
    return ((ms - this.#first) / this.wholeMs) * this.widthPx;
  }

  overviewMs(x: number): number {
    return this.#first + (x / this.widthPx) * this.wholeMs;
  }

  /** Shows this stretch, as far as there is something. */
  show(fromMs: number, toMs: number): void {
    const span = Math.min(Math.max(toMs - fromMs, Math.min(closestMs, this.wholeMs)), this.wholeMs);
    const middle = (fromMs + toMs) / 2;
    const from = Math.min(Math.max(middle - span / 2, this.#first), this.#last - span);
    this.fromMs = from;
    this.toMs = from + span;
  }

  /** Makes everything `factor` times as wide around the moment at `x`. */
  zoom(factor: number, x: number): void {
    const at = this.ms(x);
    const span = Math.min(Math.max(this.spanMs / factor, closestMs), this.wholeMs);
    const share = x / this.widthPx;
    this.show(at - share * span, at + (1 - share) * span);
  }

  pan(px: number): void {
    const by = (px / this.widthPx) * this.spanMs;
    this.show(this.fromMs + by, this.toMs + by);
  }

  reset(): void {
    this.show(this.#first, this.#last);
  }
}
