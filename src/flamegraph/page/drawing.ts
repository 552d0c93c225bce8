import { part, svgElement } from '../../picture/page/elements.ts';
import type { FrameKind } from '../../stacks/call-tree.ts';
import { at } from '../../util/indexed.ts';
import { frameKinds } from '../frame-kinds.ts';
import { changeMark } from '../frame-text.ts';
import {
  drawnWidth,
  labelCellPx,
  labelDropPx,
  labelFor,
  labelPadPx,
  leastLabelledPx,
  px,
  rowPx,
  rowTop,
  sidePx,
} from '../geometry.ts';
import { type Boxes, type BoxTree, boxTree, type PageData, unpackBoxes } from '../page-data.ts';
import { type FoldedRows, foldedRows, type Tower, towerName, towersOf } from '../towers.ts';

/** How a box is drawn: what its elements' classes say, kept here because asking thousands of elements is slow. */
const looks = ['', 'hidden', 'parent'] as const;
const [displayed, hidden, parent] = [0, 1, 2];

const cellProbe = 'MMMMMMMMMMMMMMMMMMMM';

/** The drawn frames: adopts the file's rectangles and moves them as the view or the window changes. */
export class Drawing {
  readonly boxes: Boxes;
  readonly tree: BoxTree;
  readonly data: PageData;
  readonly frames: SVGGElement;
  readonly #svg: SVGSVGElement;
  readonly #rects: readonly SVGRectElement[];
  readonly #texts: (SVGTextElement | undefined)[] = [];
  readonly #boxOf = new Map<EventTarget, number>();
  readonly #look: Uint8Array;
  readonly #hit: Uint8Array;
  readonly #ring: SVGRectElement;
  /** Chains of engine frames, by their first box, and those of them that are open. */
  readonly #towers: ReadonlyMap<number, Tower>;
  readonly #open = new Set<number>();
  /** The tower of each box behind the first of one. */
  readonly #within = new Map<number, number>();
  readonly #written: FoldedRows;
  #rows: FoldedRows;
  #cellPx = labelCellPx;
  #width: number;
  #zoomed = 0;
  #ringed: number | undefined;

  constructor(svg: SVGSVGElement, data: PageData) {
    this.#svg = svg;
    this.data = data;
    this.boxes = unpackBoxes(data.boxes);
    this.tree = boxTree(this.boxes);
    this.frames = part(svg, '#frames', SVGGElement);
    this.#rects = Array.from(this.frames.querySelectorAll('rect'));
    for (const [box, rect] of this.#rects.entries()) {
      this.#boxOf.set(rect, box);
      const next = rect.nextElementSibling;
      this.#texts.push(next instanceof SVGTextElement ? next : undefined);
    }
    const towers = data.folded ? towersOf(this.boxes, (box) => this.kindOf(box)) : [];
    this.#towers = new Map(towers.map((tower) => [at(tower, 0), tower]));
    for (const tower of towers) for (const box of tower.slice(1)) this.#within.set(box, at(tower, 0));
    this.#written = foldedRows(this.boxes, towers);
    this.#rows = this.#written;
    this.#look = Uint8Array.from(this.#written.isWithin, (isWithin) => (isWithin === 1 ? hidden : displayed));
    this.#hit = new Uint8Array(this.boxes.count);
    this.#width = data.width;
    this.#ring = svgElement('rect', { id: 'ring', class: 'hidden', height: 17 });
    this.frames.after(this.#ring);
    this.#measureCell();
  }

  get width(): number {
    return this.#width;
  }

  get zoomed(): number {
    return this.#zoomed;
  }

  boxOf(element: EventTarget | null): number | undefined {
    return element === null ? undefined : this.#boxOf.get(element);
  }

  topOf(box: number): number {
    return rowTop(at(this.#rows.row, box), this.#rows.rows, this.data.firstRowPx, this.data.inverted);
  }

  /** Where the file draws the box, with its x what deep links name. */
  fileY(box: number): number {
    return rowTop(at(this.#written.row, box), this.data.rows, this.data.firstRowPx, this.data.inverted);
  }

  /** How much lower than in the file the foot stands while towers are open. */
  get grownPx(): number {
    return (this.#rows.rows - this.data.rows) * rowPx;
  }

  kindOf(box: number): FrameKind {
    return at(frameKinds, at(this.data.kinds, at(this.boxes.name, box)));
  }

  /** Opens the tower that the box is the first of, or folds it again; false where there is none. */
  toggle(box: number): boolean {
    if (!this.#towers.has(box)) return false;
    if (!this.#open.delete(box)) this.#open.add(box);
    const folded = [...this.#towers].filter(([first]) => !this.#open.has(first)).map(([, tower]) => tower);
    this.#rows = foldedRows(this.boxes, folded);
    for (const [index, rect] of this.#rects.entries()) {
      rect.setAttribute('y', String(this.topOf(index)));
      this.#texts[index]?.setAttribute('y', String(this.topOf(index) + labelDropPx));
    }
    this.#place();
    return true;
  }

  /** The box that is drawn for a box: a folded tower's first one for all of it. */
  #drawn(box: number): number {
    const first = this.#within.get(box);
    return first === undefined || this.#open.has(first) ? box : first;
  }

  nameOf(box: number): string {
    const tower = this.#towers.get(box);
    if (tower !== undefined && !this.#open.has(box)) return towerName(tower);
    return at(this.data.names, at(this.boxes.name, box));
  }

  /** Where a box's function is declared; `''` where that is not known. */
  placeOf(box: number): string {
    const { places } = this.data;
    return places === undefined ? '' : at(places, at(this.boxes.name, box));
  }

  /** The file has no tooltips for frames that were too narrow to point at; after a zoom they need one. */
  explain(box: number, tooltip: string): void {
    const rect = this.#rects[box];
    if (rect === undefined || rect.querySelector('title') !== null) return;
    const title = svgElement('title');
    title.textContent = tooltip;
    rect.append(title);
  }

  /** Where the file draws the box: what deep links name. */
  fileX(box: number): number {
    const total = at(this.boxes.value, 0);
    return px(
      sidePx + (at(this.boxes.start, box) * (this.data.width - 2 * sidePx)) / (total === 0 ? 1 : total),
    );
  }

  /** The box that a deep link's coordinates name. */
  boxAt(x: number, y: number): number | undefined {
    for (let box = 0; box < this.boxes.count; box += 1) {
      if (this.fileY(box) === y && Math.abs(this.fileX(box) - x) < 0.006) return box;
    }
    return undefined;
  }

  /** Makes the box as wide as the picture. */
  zoom(box: number): void {
    this.#zoomed = box;
    this.#place();
  }

  /** Follows the window's width, where the picture may. */
  fit(): void {
    if (!this.data.fluid) return;
    this.#svg.setAttribute('width', '100%');
    this.#svg.removeAttribute('viewBox');
    const width = Math.max(640, Math.round(this.#svg.getBoundingClientRect().width));
    if (width === this.#width) return;
    this.#width = width;
    this.#svg.setAttribute('width', width === 640 ? '640' : '100%');
    this.#place();
  }

  /** Marks the boxes whose name matches; undefined ends the search. */
  mark(names: Uint8Array | undefined): void {
    this.frames.classList.toggle('searching', names !== undefined);
    const hits = new Uint8Array(this.boxes.count);
    for (let box = 0; box < this.boxes.count; box += 1)
      if (names?.[at(this.boxes.name, box)] === 1) hits[this.#drawn(box)] = 1;
    for (let box = 0; box < this.boxes.count; box += 1) {
      const hit = at(hits, box);
      if (this.#hit[box] === hit) continue;
      this.#hit[box] = hit;
      this.#rects[box]?.classList.toggle('hit', hit === 1);
      this.#texts[box]?.classList.toggle('hit', hit === 1);
    }
  }

  /** Whether the search found it. */
  isHit(box: number): boolean {
    return this.#hit[box] === 1;
  }

  /** Draws the keyboard's focus around a box; undefined takes it away. */
  ring(box: number | undefined): void {
    this.#ringed = box;
    this.#ring.classList.toggle('hidden', box === undefined);
    if (box === undefined) return;
    const rect = at(this.#rects, box);
    for (const name of ['x', 'y', 'width']) this.#ring.setAttribute(name, rect.getAttribute(name) ?? '0');
  }

  #place(): void {
    const { boxes, tree } = this;
    const from = at(boxes.start, this.#zoomed);
    const span = at(boxes.value, this.#zoomed);
    const innerPx = this.#width - 2 * sidePx;
    const perPx = span === 0 ? 0 : innerPx / span;
    const end = at(tree.end, this.#zoomed);
    const callers = new Set<number>();
    for (let box = this.#zoomed; box !== 0; ) {
      box = at(tree.parent, box);
      callers.add(box);
    }
    for (let box = 0; box < boxes.count; box += 1) {
      const rect = this.#rects[box];
      if (rect === undefined) continue;
      const isCaller = callers.has(box);
      const isDisplayed = this.#rows.isWithin[box] !== 1 && (isCaller || (box >= this.#zoomed && box < end));
      this.#dress(box, rect, !isDisplayed ? hidden : isCaller ? parent : displayed);
      if (!isDisplayed) continue;
      if (isCaller || box === this.#zoomed) this.#move(box, rect, sidePx, innerPx);
      else {
        const x = sidePx + (at(boxes.start, box) - from) * perPx;
        this.#move(box, rect, x, at(boxes.value, box) * perPx);
      }
    }
    if (this.#ringed !== undefined) this.ring(this.#ringed);
  }

  #dress(box: number, rect: SVGRectElement, look: number): void {
    const before = at(this.#look, box);
    if (before === look) return;
    this.#look[box] = look;
    for (const state of [hidden, parent]) {
      if (before === state || look === state) rect.classList.toggle(at(looks, state), look === state);
    }
    if (look === hidden) this.#texts[box]?.classList.add('hidden');
  }

  #move(box: number, rect: SVGRectElement, x: number, width: number): void {
    rect.setAttribute('x', String(px(x)));
    rect.setAttribute('width', String(drawnWidth(width)));
    let text = this.#texts[box];
    const label =
      width < leastLabelledPx
        ? ''
        : labelFor(this.nameOf(box), width, this.#cellPx, changeMark(this.data.sides, box));
    if (label === '') {
      text?.classList.add('hidden');
      return;
    }
    if (text === undefined) {
      text = svgElement('text', { y: this.topOf(box) + labelDropPx });
      text.classList.toggle('hit', this.#hit[box] === 1);
      rect.after(text);
      this.#texts[box] = text;
    }
    text.classList.remove('hidden');
    text.setAttribute('x', String(px(x + labelPadPx)));
    if (text.textContent !== label) text.textContent = label;
  }

  /** The browser's font may be narrower or wider than the one the writer reckoned with. */
  #measureCell(): void {
    const probe = svgElement('text', { x: -1000 });
    probe.textContent = cellProbe;
    this.frames.append(probe);
    const cellPx = probe.getComputedTextLength() / cellProbe.length;
    if (cellPx > 0) this.#cellPx = cellPx;
    probe.setAttribute('class', 'hidden');
    probe.textContent = '';
  }
}
