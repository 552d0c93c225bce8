import { firstEndingAfter, labelledRowPx, type Placement } from './placement.ts';
import type { Scene } from './scene.ts';
import { ownHues, type Theme } from './theme.ts';
import type { View } from './view.ts';

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
export interface Label {
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
    const call = row[i] ?? 0;
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
  return focus !== undefined && (call < focus || call >= (scene.subtreeEnd[focus] ?? 0));
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
  const waits = scene.waits[call] ?? [];
  let running = left;
  for (let i = 0; i <= waits.length; i += 2) {
    const end = i < waits.length ? view.x(waits[i] ?? 0) : right;
    const [a, b] = [Math.max(running, from), Math.min(end, to)];
    if (b > a) pencil.fillRect(a, top, b - a, placement.barPx);
    if (end > to || i === waits.length) break;
    running = view.x(waits[i + 1] ?? 0);
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
