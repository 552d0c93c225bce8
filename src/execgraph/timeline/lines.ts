import type { Stage } from './bars.ts';

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
    const y = placement.top(path[i] ?? 0) + below;
    const [left, right] = [view.x(path[i + 1] ?? 0), view.x(path[i + 2] ?? 0)];
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
  const children = scene.children[call] ?? [];
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
