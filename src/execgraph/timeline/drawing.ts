import { at } from '../../util/indexed.ts';
import type { Scene } from './scene.ts';
import { ownHues, type Theme } from './theme.ts';
import { firstEndingAfter, labelledRowPx, type Placement, type View } from './view.ts';

/** What stands out at the moment. */
export interface Marks {
  /** By call: 1 for those a search found; undefined without a search. */
  readonly matches: Uint8Array | undefined;
  /** Only this call and what it led to is drawn in full. */
  readonly focus: number | undefined;
  readonly pointed: number | undefined;
  readonly showsPath: boolean;
}

/** Everything a drawing is made from. */
export interface Stage {
  readonly pencil: CanvasRenderingContext2D;
  readonly scene: Scene;
  readonly view: View;
  readonly placement: Placement;
  readonly theme: Theme;
  readonly marks: Marks;
  /** Diagonal lines, in the colour of failures and of clocks that disagree. */
  readonly failureHatch: CanvasPattern | string;
  readonly skewHatch: CanvasPattern | string;
  readonly widthOf: (text: string) => number;
  /** Filled while bars are drawn; written last, over everything else. */
  readonly labels: Label[];
}

/** A name that found room in its bar. */
interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly alpha: number;
}

/** Narrower than this, a bar is one rectangle. */
const detailedPx = 4;
const labelledPx = 22;
const faded = 0.25;

/** Draws the calls of one row, whose bars begin at `top`. */
export function drawRow(stage: Stage, row: readonly number[], top: number): void {
  const { scene, view, pencil, marks } = stage;
  let drawnTo = Number.NEGATIVE_INFINITY;
  for (let i = firstEndingAfter(scene, row, view.fromMs); i < row.length; i += 1) {
    const call = at(row, i);
    const left = view.x(scene.from(call));
    if (left > view.widthPx) break;
    const right = Math.max(view.x(scene.to(call)), left + 1.5);
    const isMarked = marks.matches?.[call] === 1;
    // What would fall into a column that has been drawn already cannot be told apart from it.
    if (right < drawnTo + 0.5 && !isMarked && scene.state(call) === 'succeeded') continue;
    drawnTo = Math.max(drawnTo, right);
    pencil.globalAlpha = isFaded(marks, scene, call) ? faded : 1;
    if (scene.known(call) === 'untold') drawUntold(stage, call, top, left, right);
    else if (right - left < detailedPx) drawSliver(stage, call, top, left, right);
    else drawBar(stage, call, top, left, right);
    pencil.globalAlpha = 1;
    if (isMarked) outline(stage, stage.theme.match, 2, top, left, Math.max(right, left + 3));
  }
}

function isFaded({ matches, focus }: Marks, scene: Scene, call: number): boolean {
  if (matches !== undefined && matches[call] !== 1) return true;
  return focus !== undefined && (call < focus || call >= at(scene.subtreeEnd, focus));
}

function hueOf({ data }: Scene, call: number): number {
  return Math.min(data.name[call] ?? ownHues, ownHues);
}

function drawSliver(
  { pencil, theme, scene, placement }: Stage,
  call: number,
  top: number,
  left: number,
  right: number,
): void {
  const hue = hueOf(scene, call);
  const running = scene.data.running[call] ?? 0;
  const mostlyWaits = running * 2 < scene.to(call) - scene.from(call);
  const isFailed = scene.state(call) === 'failed';
  pencil.fillStyle =
    (isFailed ? theme.failure : mostlyWaits ? theme.waiting[hue] : theme.running[hue]) ?? theme.area;
  pencil.fillRect(left, top, right - left, placement.barPx);
}

function drawBar(stage: Stage, call: number, top: number, left: number, right: number): void {
  const { pencil, theme, scene, view, placement } = stage;
  const hue = hueOf(scene, call);
  const [from, to] = [Math.max(left, -4), Math.min(right, view.widthPx + 4)];
  pencil.fillStyle = theme.waiting[hue] ?? theme.area;
  pencil.fillRect(from, top, to - from, placement.barPx);
  pencil.fillStyle = theme.running[hue] ?? theme.area;
  const waits = at(scene.waits, call);
  let running = left;
  for (let i = 0; i <= waits.length; i += 2) {
    const end = i < waits.length ? view.x(at(waits, i)) : right;
    const [a, b] = [Math.max(running, from), Math.min(end, to)];
    if (b > a) pencil.fillRect(a, top, b - a, placement.barPx);
    if (end > to || i === waits.length) break;
    running = view.x(at(waits, i + 1));
  }
  const early = scene.earlyMs(call);
  if (early > 0) {
    pencil.fillStyle = stage.skewHatch;
    const until = Math.min(view.x(scene.from(call) + early), to);
    if (until > from) pencil.fillRect(from, top, until - from, placement.barPx);
  }
  if (scene.state(call) === 'failed') {
    pencil.fillStyle = stage.failureHatch;
    pencil.fillRect(from, top, to - from, placement.barPx);
  }
  if (placement.rowPx >= 8) {
    if (scene.state(call) === 'failed') outline(stage, theme.failure, 2, top, left, right);
    else outline(stage, theme.edge[hue] ?? theme.line, 1, top, left, right);
  }
  if (scene.known(call) === 'open') drawTornEnd(stage, top, right);
  const prefix = scene.state(call) === 'failed' ? '✕ ' : early > 0 ? '◂ ' : '';
  if (right - left >= labelledPx) label(stage, prefix, scene.name(call), top, from, to);
}

/** Whatever is drawn as long as its caller because nobody knows better. */
function drawUntold(stage: Stage, call: number, top: number, left: number, right: number): void {
  const { pencil, theme, scene } = stage;
  pencil.setLineDash([4, 3]);
  outline(stage, theme.muted, 1, top, left, right);
  pencil.setLineDash([]);
  if (right - left >= labelledPx)
    label(stage, '? ', `${scene.name(call)} (${scene.state(call)})`, top, left, right);
}

/** A zigzag says that the call goes on. */
function drawTornEnd({ pencil, theme, placement }: Stage, top: number, right: number): void {
  const height = placement.barPx;
  const teeth = Math.max(2, Math.round(height / 5));
  pencil.fillStyle = theme.page;
  pencil.beginPath();
  pencil.moveTo(right + 2, top - 1);
  for (let tooth = 0; tooth < teeth; tooth += 1) {
    pencil.lineTo(right + 1, top + (tooth / teeth) * height);
    pencil.lineTo(right - 5, top + ((tooth + 0.5) / teeth) * height);
  }
  pencil.lineTo(right + 1, top + height);
  pencil.lineTo(right + 2, top + height + 1);
  pencil.closePath();
  pencil.fill();
}

function outline(
  { pencil, placement, view }: Stage,
  colour: string,
  width: number,
  top: number,
  left: number,
  right: number,
): void {
  const from = Math.max(left, -4);
  const to = Math.min(right, view.widthPx + 4);
  pencil.strokeStyle = colour;
  pencil.lineWidth = width;
  pencil.strokeRect(
    from + width / 2,
    top + width / 2,
    Math.max(to - from - width, 0.5),
    Math.max(placement.barPx - width, 0.5),
  );
}

/** The name, whole, without its user, or cut, in the part of the bar that is seen. */
function label(stage: Stage, prefix: string, name: string, top: number, left: number, right: number): void {
  const { pencil, placement, labels, widthOf } = stage;
  if (placement.rowPx < labelledRowPx) return;
  const from = Math.max(left, 0) + 5;
  const room = Math.min(right, stage.view.widthPx) - 4 - from;
  const short = name.slice(name.indexOf('/') + 1);
  let text = prefix + name;
  if (widthOf(text) > room) text = prefix + short;
  if (widthOf(text) > room) {
    const letters = [...text];
    const fitting = Math.floor((room - widthOf('…')) / Math.max(1, widthOf(text) / letters.length));
    if (fitting < 2) return;
    text = `${letters.slice(0, fitting).join('')}…`;
  }
  if (widthOf(text) > room + 4) return;
  labels.push({ text, x: from, y: top + placement.barPx / 2 + 0.5, alpha: pencil.globalAlpha });
}

/** Writes what the drawn bars are called. */
export function writeLabels({ pencil, theme, labels }: Stage): void {
  pencil.fillStyle = theme.label;
  for (const { text, x, y, alpha } of labels) {
    pencil.globalAlpha = alpha;
    pencil.fillText(text, x, y);
  }
  pencil.globalAlpha = 1;
}

/** So close together, lines from bar to bar would hide the bars. */
const leastConnectorPx = 9;

/** Draws the critical path: thick under the bars it goes through, and thin up or down to the next one. */
export function drawPath(stage: Stage): void {
  const { pencil, scene, view, placement, theme, marks } = stage;
  const { path } = scene.data;
  const below = placement.barPx - 1;
  const strips: (readonly [number, number, number])[] = [];
  let [lastX, lastY] = [Number.NaN, Number.NaN];
  for (let i = 0; i < path.length; i += 3) {
    const y = placement.top(at(path, i)) + below;
    const [left, right] = [view.x(at(path, i + 1)), view.x(at(path, i + 2))];
    if (right < -1 || left > view.widthPx + 1) continue;
    if (Math.abs(right - lastX) < 0.4 && Math.abs(y - lastY) < 0.4) continue;
    strips.push([Math.max(left, -8), Math.min(right, view.widthPx + 8), y]);
    [lastX, lastY] = [right, y];
  }
  const isTall = placement.rowPx >= 10;
  const isConnected = strips.length * leastConnectorPx < view.widthPx;
  pencil.lineJoin = 'round';
  pencil.globalAlpha = marks.matches === undefined ? 1 : 0.35;
  for (const [colour, extra] of [
    [theme.page, 2],
    [theme.ink, 0],
  ] as const) {
    pencil.strokeStyle = colour;
    if (isConnected) {
      strokeConnectors(stage, strips, (isTall ? 1.25 : 1) + extra);
    }
    pencil.lineWidth = (isTall ? 3 : 2) + (isConnected ? extra : 0);
    pencil.beginPath();
    for (const [from, to, y] of strips) {
      pencil.moveTo(from - 0.5, y);
      pencil.lineTo(Math.max(to, from + 1) + 0.5, y);
    }
    pencil.stroke();
  }
  pencil.globalAlpha = 1;
}

function strokeConnectors(
  { pencil }: Stage,
  strips: readonly (readonly [number, number, number])[],
  width: number,
): void {
  pencil.lineWidth = width;
  pencil.beginPath();
  for (let i = 1; i < strips.length; i += 1) {
    const [, end, y] = strips[i - 1] ?? [0, 0, 0];
    const [start, , next] = strips[i] ?? [0, 0, 0];
    if (Math.abs(start - end) > 1 || y === next) continue;
    pencil.moveTo(end, y);
    pencil.lineTo(start, next);
  }
  pencil.stroke();
}

/** Draws arrows from the call's caller to it, and from it to what it called. */
export function drawArrows(stage: Stage, call: number): void {
  const { scene, pencil, theme, view, placement } = stage;
  pencil.strokeStyle = theme.ink;
  pencil.fillStyle = theme.ink;
  pencil.lineWidth = 1.25;
  if (scene.parent(call) >= 0) drawArrow(stage, scene.parent(call), call);
  const children = at(scene.children, call);
  // A bundle of lines must not hide what it points to.
  pencil.globalAlpha = children.length > 12 ? 0.5 : 1;
  pencil.lineWidth = children.length > 12 ? 1 : 1.25;
  let lastX = Number.NaN;
  for (const child of children) {
    const x = view.x(scene.from(child));
    if (x < -20 || x > view.widthPx + 20) continue;
    // Of thousands only those that can be told apart.
    if (children.length > 500 && Math.abs(x - lastX) < 3) continue;
    lastX = x;
    drawArrow(stage, call, child);
  }
  pencil.globalAlpha = 1;
  const left = Math.max(view.x(scene.from(call)), -4);
  const right = Math.min(Math.max(view.x(scene.to(call)), left + 3), view.widthPx + 4);
  pencil.lineWidth = 2;
  pencil.strokeRect(left - 1, placement.top(call) - 1, right - left + 2, placement.barPx + 2);
}

function drawArrow({ pencil, scene, view, placement }: Stage, caller: number, call: number): void {
  const at = Math.min(Math.max(scene.from(call), scene.from(caller)), scene.to(caller));
  const [x1, x2] = [view.x(at), view.x(scene.from(call))];
  const [callerTop, callTop] = [placement.top(caller), placement.top(call)];
  const isDown = callTop > callerTop;
  const y1 = isDown ? callerTop + placement.barPx : callerTop;
  const y2 = isDown ? callTop : callTop + placement.barPx;
  const bend = Math.min(Math.abs(y2 - y1) / 2, 40) * (isDown ? 1 : -1);
  pencil.beginPath();
  pencil.moveTo(x1, y1);
  pencil.bezierCurveTo(x1, y1 + bend, x2, y2 - bend, x2, y2);
  pencil.stroke();
  const head = isDown ? -5 : 5;
  pencil.beginPath();
  pencil.moveTo(x2, y2);
  pencil.lineTo(x2 - 3.5, y2 + head);
  pencil.lineTo(x2 + 3.5, y2 + head);
  pencil.closePath();
  pencil.fill();
}
