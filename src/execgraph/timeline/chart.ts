import { part } from '../../picture/page/elements.ts';
import { at } from '../../util/indexed.ts';
import { drawArrows, drawPath, drawRow, type Marks, type Stage, writeLabels } from './drawing.ts';
import type { Scene } from './scene.ts';
import type { Theme } from './theme.ts';
import { callsAtOnce, firstEndingAfter, laneHeadPx, Placement, ticks, View } from './view.ts';

const overviewPx = 34;
const axisPx = 22;
/** Height of what stays at the top while lanes scroll. */
export const headPx = overviewPx + axisPx;

const labelFont = '12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif';
const laneFont = '600 12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif';
/** How far from a bar the pointer still means it. */
const nearPx = 3;

/** The canvas: everything that is drawn, and what stands where. */
export class Chart {
  readonly view: View;
  readonly placement: Placement;
  readonly canvas: HTMLCanvasElement;
  readonly #scene: Scene;
  readonly #scroller: HTMLElement;
  readonly #inside: HTMLElement;
  readonly #pencil: CanvasRenderingContext2D;
  readonly #widths = new Map<string, number>();
  #theme: Theme;
  #hatches: readonly [CanvasPattern | string, CanvasPattern | string] = ['', ''];
  #atOnce: Uint32Array = new Uint32Array();

  constructor(scene: Scene, theme: Theme) {
    this.#scene = scene;
    this.#scroller = part(document, '#chart', HTMLElement);
    this.#inside = part(document, '#inside', HTMLElement);
    this.canvas = part(document, 'canvas', HTMLCanvasElement);
    this.#pencil = pencilOf(this.canvas);
    this.view = new View(scene.data.spanMs);
    this.placement = new Placement(scene);
    this.#theme = theme;
    this.setTheme(theme);
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#hatches = [this.#hatch(theme.failure, 1), this.#hatch(theme.skew, -1)];
  }

  /** Takes the room there is: as wide as the page's column, at most `mostPx` tall. */
  fit(mostPx: number, isTall: boolean, dots: number): void {
    this.placement.fit(mostPx - headPx, isTall);
    const whole = headPx + this.placement.heightPx;
    const heightPx = Math.max(160, Math.min(mostPx, whole));
    this.#scroller.style.height = `${heightPx}px`;
    this.#inside.style.height = `${Math.max(whole, heightPx)}px`;
    const widthPx = Math.max(100, this.#scroller.clientWidth);
    this.view.widthPx = widthPx;
    this.canvas.style.width = `${widthPx}px`;
    this.canvas.style.height = `${heightPx}px`;
    this.canvas.width = Math.round(widthPx * dots);
    this.canvas.height = Math.round(heightPx * dots);
    this.#pencil.setTransform(this.canvas.width / widthPx, 0, 0, this.canvas.height / heightPx, 0, 0);
    this.#atOnce = callsAtOnce(
      this.#scene,
      this.view.overviewMs(0),
      this.view.overviewMs(widthPx),
      Math.ceil(widthPx),
    );
  }

  /** Where the chart begins on the page. */
  get topPx(): number {
    return this.#scroller.getBoundingClientRect().top + document.documentElement.scrollTop;
  }

  get heightPx(): number {
    return this.#scroller.clientHeight;
  }

  /** Whether lanes stand below what can be seen. */
  get overflows(): boolean {
    return headPx + this.placement.heightPx > this.heightPx + 1;
  }

  get scrolledPx(): number {
    return this.#scroller.scrollTop;
  }

  scrollBy(px: number): void {
    this.#scroller.scrollTop += px;
  }

  /** Moves the call's bar into the part that can be seen. */
  reveal(call: number): void {
    const top = this.placement.top(call) - this.scrolledPx;
    const room = this.heightPx - headPx;
    if (top < laneHeadPx) this.scrollBy(top - laneHeadPx - 4);
    else if (top + this.placement.rowPx > room) this.scrollBy(top + this.placement.rowPx - room + 4);
    const { view } = this;
    const [from, to] = [this.#scene.from(call), this.#scene.to(call)];
    if (from > view.toMs || to < view.fromMs || view.x(to) - view.x(from) > view.widthPx * 4) {
      view.show(from - view.spanMs / 3, from + (view.spanMs * 2) / 3);
    }
  }

  /** The call whose bar is at this point of the canvas, or close to it. */
  callAt(x: number, y: number): number | undefined {
    if (y < headPx) return undefined;
    const { view, placement } = this;
    const scene = this.#scene;
    const row = placement.rowAt(y - headPx + this.scrolledPx);
    if (row === undefined) return undefined;
    let best: number | undefined;
    let bestPx = nearPx;
    for (let i = Math.max(0, firstEndingAfter(scene, row, view.ms(x - nearPx)) - 1); i < row.length; i += 1) {
      const call = at(row, i);
      const left = view.x(scene.from(call));
      if (left > x + nearPx) break;
      const away = Math.max(left - x, x - Math.max(view.x(scene.to(call)), left + 1.5), 0);
      if (away === 0) return call;
      if (away < bestPx) [best, bestPx] = [call, away];
    }
    return best;
  }

  draw(marks: Marks): void {
    const pencil = this.#pencil;
    const theme = this.#theme;
    const { view, placement } = this;
    pencil.globalAlpha = 1;
    pencil.setLineDash([]);
    pencil.fillStyle = theme.page;
    pencil.fillRect(0, 0, view.widthPx, this.heightPx);
    const all = ticks(
      view.fromMs - this.#scene.data.rootMs,
      view.toMs - this.#scene.data.rootMs,
      view.widthPx / 90,
    );
    pencil.save();
    pencil.beginPath();
    pencil.rect(0, headPx, view.widthPx, this.heightPx - headPx);
    pencil.clip();
    this.#drawGrid(all);
    const dots = this.canvas.width / view.widthPx;
    pencil.setTransform(dots, 0, 0, dots, 0, (headPx - this.scrolledPx) * dots);
    const [failureHatch, skewHatch] = this.#hatches;
    const stage: Stage = {
      ...{ pencil, scene: this.#scene, view, placement, theme, marks, failureHatch, skewHatch },
      widthOf: (text) => this.#widthOf(text),
      labels: [],
    };
    this.#drawLanes(stage);
    if (marks.showsPath) drawPath(stage);
    pencil.font = labelFont;
    writeLabels(stage);
    this.#drawLaneNames(stage);
    if (marks.pointed !== undefined) drawArrows(stage, marks.pointed);
    pencil.restore();
    this.#drawOverview(marks);
    this.#drawAxis(all);
  }

  #drawLanes(stage: Stage): void {
    const { pencil, scene, placement, theme, view } = stage;
    const [above, below] = [this.scrolledPx, this.scrolledPx + this.heightPx - headPx];
    pencil.textBaseline = 'middle';
    for (const [number, lane] of scene.data.lanes.entries()) {
      const top = at(placement.tops, number);
      const bottom = top + laneHeadPx + lane.rows * placement.rowPx;
      if (bottom < above || top > below) continue;
      pencil.fillStyle = theme.band;
      pencil.fillRect(0, top + 2, view.widthPx, laneHeadPx - 4);
      pencil.font = labelFont;
      pencil.textAlign = 'left';
      const first = Math.max(0, Math.floor((above - top - laneHeadPx) / placement.rowPx));
      const last = Math.min(lane.rows - 1, Math.floor((below - top - laneHeadPx) / placement.rowPx));
      for (let row = first; row <= last; row += 1) {
        const rowTop = top + laneHeadPx + row * placement.rowPx + placement.insetPx;
        drawRow(stage, at(at(scene.rows, number), row), rowTop);
      }
    }
  }

  #drawLaneNames({ pencil, scene, placement, theme }: Stage): void {
    pencil.strokeStyle = theme.band;
    pencil.lineWidth = 4;
    pencil.lineJoin = 'round';
    for (const [number, lane] of scene.data.lanes.entries()) {
      const y = at(placement.tops, number) + laneHeadPx / 2 + 0.5;
      const callCount = `${lane.calls} ${lane.calls === 1 ? 'call' : 'calls'}, up to ${lane.rows} at once`;
      let x = 8;
      for (const [text, font, colour] of [
        [lane.host, laneFont, theme.ink],
        [callCount, labelFont, theme.muted],
      ] as const) {
        pencil.font = font;
        pencil.fillStyle = colour;
        pencil.strokeText(text, x, y);
        pencil.fillText(text, x, y);
        x += pencil.measureText(text).width + 12;
      }
    }
  }

  #drawGrid(all: ReturnType<typeof ticks>): void {
    const { rootMs } = this.#scene.data;
    this.#pencil.fillStyle = this.#theme.line;
    this.#pencil.globalAlpha = 0.6;
    for (const { ms } of all)
      this.#pencil.fillRect(Math.round(this.view.x(ms + rootMs)), headPx, 1, this.heightPx);
    this.#pencil.globalAlpha = 1;
    if (rootMs === 0) return;
    // Something starts before the root does: clocks differ.
    this.#pencil.fillStyle = this.#theme.skew;
    this.#pencil.fillRect(Math.round(this.view.x(rootMs)), headPx, 1, this.heightPx);
  }

  #drawAxis(all: ReturnType<typeof ticks>): void {
    const pencil = this.#pencil;
    const { view } = this;
    pencil.fillStyle = this.#theme.page;
    pencil.fillRect(0, overviewPx, view.widthPx, axisPx);
    pencil.font = labelFont;
    pencil.textAlign = 'left';
    pencil.textBaseline = 'middle';
    for (const { ms, text } of all) {
      const x = Math.round(view.x(ms + this.#scene.data.rootMs));
      pencil.fillStyle = this.#theme.line;
      pencil.fillRect(x, overviewPx + 2, 1, axisPx - 2);
      pencil.fillStyle = this.#theme.muted;
      if (x + 4 + this.#widthOf(text) > view.widthPx) continue;
      pencil.fillText(text, x + 4, overviewPx + axisPx / 2 + 1);
    }
    pencil.fillStyle = this.#theme.line;
    pencil.fillRect(0, headPx - 1, view.widthPx, 1);
  }

  #drawOverview({ matches }: Marks): void {
    const pencil = this.#pencil;
    const { view } = this;
    pencil.fillStyle = this.#theme.band;
    pencil.fillRect(0, 0, view.widthPx, overviewPx);
    const most = this.#atOnce.reduce((top, each) => Math.max(top, each), 1);
    pencil.fillStyle = this.#theme.area;
    for (const [x, count] of this.#atOnce.entries()) {
      const height = (count / most) * (overviewPx - 6);
      pencil.fillRect(x, overviewPx - height, 1, height);
    }
    if (matches !== undefined) {
      pencil.fillStyle = this.#theme.match;
      for (const [call, isMatch] of matches.entries()) {
        if (isMatch === 1) pencil.fillRect(view.overviewX(this.#scene.from(call)) - 1, 0, 2, 7);
      }
    }
    if (view.isWhole) return;
    const [left, right] = [view.overviewX(view.fromMs), view.overviewX(view.toMs)];
    pencil.globalAlpha = 0.7;
    pencil.fillStyle = this.#theme.page;
    pencil.fillRect(0, 0, left, overviewPx);
    pencil.fillRect(right, 0, view.widthPx - right, overviewPx);
    pencil.globalAlpha = 1;
    pencil.strokeStyle = this.#theme.ink;
    pencil.lineWidth = 1.5;
    pencil.strokeRect(left, 0.75, Math.max(2, right - left), overviewPx - 1.5);
  }

  #hatch(colour: string, slope: 1 | -1): CanvasPattern | string {
    const tile = document.createElement('canvas');
    tile.width = 8;
    tile.height = 8;
    const pencil = pencilOf(tile);
    pencil.strokeStyle = colour;
    pencil.lineWidth = 1.5;
    pencil.beginPath();
    for (const offset of [-8, 0, 8]) {
      pencil.moveTo(offset - 1, 4 + 5 * slope);
      pencil.lineTo(offset + 9, 4 - 5 * slope);
    }
    pencil.stroke();
    return this.#pencil.createPattern(tile, 'repeat') ?? colour;
  }

  #widthOf(text: string): number {
    const known = this.#widths.get(text);
    if (known !== undefined) return known;
    const { width } = this.#pencil.measureText(text);
    this.#widths.set(text, width);
    return width;
  }
}

function pencilOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const pencil = canvas.getContext('2d');
  if (pencil === null) throw new Error('the browser draws on no canvas');
  return pencil;
}
