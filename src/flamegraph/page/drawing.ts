import { changeMark } from '../frame-text.ts';
import {
  drawnWidth,
  labelCellPx,
  labelDropPx,
  labelFor,
  labelPadPx,
  leastLabelledPx,
  px,
  rowTop,
  sidePx,
} from '../geometry.ts';
import { type Boxes, type BoxTree, boxTree, type PageData, unpackBoxes } from '../page-data.ts';
import { found, type PageDocument, type PageElement, svgElement } from './dom.ts';

/** How a box is drawn: what its elements' classes say, kept here because asking thousands of elements is slow. */
const looks = ['', 'hidden', 'parent'] as const;
const [displayed, hidden, parent] = [0, 1, 2];

const cellProbe = 'MMMMMMMMMMMMMMMMMMMM';

/** The drawn frames: adopts the file's rectangles and moves them as the view or the window changes. */
export class Drawing {
  readonly boxes: Boxes;
  readonly tree: BoxTree;
  readonly data: PageData;
  readonly frames: PageElement;
  readonly #document: PageDocument;
  readonly #svg: PageElement;
  readonly #rects: PageElement[];
  readonly #texts: (PageElement | undefined)[] = [];
  readonly #boxOf = new Map<PageElement, number>();
  readonly #look: Uint8Array;
  readonly #hit: Uint8Array;
  readonly #ring: PageElement;
  #cellPx = labelCellPx;
  #width: number;
  #zoomed = 0;
  #ringed: number | undefined;

  constructor(document: PageDocument, svg: PageElement, data: PageData) {
    this.#document = document;
    this.#svg = svg;
    this.data = data;
    this.boxes = unpackBoxes(data.boxes);
    this.tree = boxTree(this.boxes);
    this.frames = found(svg.querySelector('#frames'));
    this.#rects = Array.from(this.frames.querySelectorAll('rect'));
    for (const [box, rect] of this.#rects.entries()) {
      this.#boxOf.set(rect, box);
      const next = rect.nextElementSibling;
      this.#texts.push(next?.tagName === 'text' ? next : undefined);
    }
    this.#look = new Uint8Array(this.boxes.count);
    this.#hit = new Uint8Array(this.boxes.count);
    this.#width = data.width;
    this.#ring = svgElement(document, 'rect', { id: 'ring', class: 'hidden', height: 17 });
    this.frames.after(this.#ring);
    this.#measureCell();
  }

  get width(): number {
    return this.#width;
  }

  get zoomed(): number {
    return this.#zoomed;
  }

  boxOf(element: PageElement | null): number | undefined {
    return element === null ? undefined : this.#boxOf.get(element);
  }

  topOf(box: number): number {
    return rowTop(this.boxes.depth[box] ?? 0, this.data.rows, this.data.firstRowPx, this.data.inverted);
  }

  nameOf(box: number): string {
    return this.data.names[this.boxes.name[box] ?? 0] ?? '';
  }

  /** Where a box's function is declared; `''` where that is not known. */
  placeOf(box: number): string {
    return this.data.places?.[this.boxes.name[box] ?? 0] ?? '';
  }

  /** The file has no tooltips for frames that were too narrow to point at; after a zoom they need one. */
  explain(box: number, tooltip: string): void {
    const rect = this.#rects[box];
    if (rect === undefined || rect.querySelector('title') !== null) return;
    const title = svgElement(this.#document, 'title');
    title.textContent = tooltip;
    rect.append(title);
  }

  /** Where the file draws the box: what deep links name. */
  fileX(box: number): number {
    const total = this.boxes.value[0] ?? 0;
    return px(
      sidePx + ((this.boxes.start[box] ?? 0) * (this.data.width - 2 * sidePx)) / (total === 0 ? 1 : total),
    );
  }

  /** The box that a deep link's coordinates name. */
  boxAt(x: number, y: number): number | undefined {
    for (let box = 0; box < this.boxes.count; box += 1) {
      if (this.topOf(box) === y && Math.abs(this.fileX(box) - x) < 0.006) return box;
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
    for (let box = 0; box < this.boxes.count; box += 1) {
      const hit = names?.[this.boxes.name[box] ?? 0] === 1 ? 1 : 0;
      if (this.#hit[box] === hit) continue;
      this.#hit[box] = hit;
      this.#rects[box]?.classList.toggle('hit', hit === 1);
      this.#texts[box]?.classList.toggle('hit', hit === 1);
    }
  }

  /** Draws the keyboard's focus around a box; undefined takes it away. */
  ring(box: number | undefined): void {
    this.#ringed = box;
    this.#ring.classList.toggle('hidden', box === undefined);
    if (box === undefined) return;
    const rect = found(this.#rects[box] ?? null);
    for (const name of ['x', 'y', 'width']) this.#ring.setAttribute(name, rect.getAttribute(name) ?? '0');
  }

  #place(): void {
    const { boxes, tree } = this;
    const from = boxes.start[this.#zoomed] ?? 0;
    const span = boxes.value[this.#zoomed] ?? 0;
    const innerPx = this.#width - 2 * sidePx;
    const perPx = span === 0 ? 0 : innerPx / span;
    const end = tree.end[this.#zoomed] ?? 0;
    const callers = new Set<number>();
    for (let box = this.#zoomed; box !== 0; ) {
      box = tree.parent[box] ?? 0;
      callers.add(box);
    }
    for (let box = 0; box < boxes.count; box += 1) {
      const rect = this.#rects[box];
      if (rect === undefined) continue;
      const isCaller = callers.has(box);
      const isDisplayed = isCaller || (box >= this.#zoomed && box < end);
      this.#dress(box, rect, isCaller ? parent : isDisplayed ? displayed : hidden);
      if (!isDisplayed) continue;
      if (isCaller || box === this.#zoomed) this.#move(box, rect, sidePx, innerPx);
      else {
        const x = sidePx + ((boxes.start[box] ?? 0) - from) * perPx;
        this.#move(box, rect, x, (boxes.value[box] ?? 0) * perPx);
      }
    }
    if (this.#ringed !== undefined) this.ring(this.#ringed);
  }

  #dress(box: number, rect: PageElement, look: number): void {
    const before = this.#look[box] ?? displayed;
    if (before === look) return;
    this.#look[box] = look;
    for (const state of [hidden, parent]) {
      if (before === state || look === state) rect.classList.toggle(looks[state] ?? '', look === state);
    }
    if (look === hidden) this.#texts[box]?.classList.add('hidden');
  }

  #move(box: number, rect: PageElement, x: number, width: number): void {
    rect.setAttribute('x', String(px(x)));
    rect.setAttribute('width', String(drawnWidth(width)));
    let text = this.#texts[box];
    const label =
      width < leastLabelledPx
        ? ''
        : labelFor(changeMark(this.data.sides, box) + this.nameOf(box), width, this.#cellPx);
    if (label === '') {
      text?.classList.add('hidden');
      return;
    }
    if (text === undefined) {
      text = svgElement(this.#document, 'text', { y: this.topOf(box) + labelDropPx });
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
    const probe = svgElement(this.#document, 'text', { x: -1000 });
    probe.textContent = cellProbe;
    this.frames.append(probe);
    const cellPx = probe.getComputedTextLength() / cellProbe.length;
    if (cellPx > 0) this.#cellPx = cellPx;
    probe.setAttribute('class', 'hidden');
    probe.textContent = '';
  }
}
