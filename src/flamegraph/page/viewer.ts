import { part } from '../../picture/page/elements.ts';
import { isolate, shortened } from '../../util/display-text.ts';
import { at } from '../../util/indexed.ts';
import { frameKinds } from '../frame-kinds.ts';
import { amount, percent, placeSuffix, sideText, tooltipName, tooltipNumbers } from '../frame-text.ts';
import { rowPx } from '../geometry.ts';
import { type Boxes, neighbour, type PageData, type PageSides } from '../page-data.ts';
import { find, matchingNames, patternProblem } from '../search.ts';
import { readAddress, writeAddress } from './address.ts';
import { Controls } from './controls.ts';
import { Drawing } from './drawing.ts';

/** Rows that stay in view below (in an icicle above) what a graph is opened at. */
const ROWS_BESIDE = 3;
/** Height of the line of details. */
const FOOT_PX = 30;
const NEARLY = 0.8;

const restingText = 'Click a frame to zoom. Ctrl-F searches, Escape resets, arrow keys walk.';

/** The page: what keys and clicks do to the drawing, and what the lines of text say about it. */
export class Viewer {
  readonly #svg: SVGSVGElement;
  readonly #drawing: Drawing;
  readonly #controls: Controls;
  readonly #head: SVGGElement;
  readonly #foot: SVGGElement;
  readonly #details: SVGTextElement;
  /** Where the writer put the details' lower edge; notes may follow. */
  readonly #footBottom: number;
  readonly #notes: SVGGElement;
  /** As the file has it. */
  readonly #height: number;
  readonly #history: number[] = [];
  #term = '';
  #ignoreCase = false;
  #focused: number | undefined;

  constructor(svg: SVGSVGElement, data: PageData) {
    this.#svg = svg;
    this.#head = part(svg, '#head', SVGGElement);
    this.#foot = part(svg, '#foot', SVGGElement);
    this.#details = part(svg, '#details', SVGTextElement);
    this.#notes = part(svg, '#notes', SVGGElement);
    this.#height = Number(svg.getAttribute('height'));
    const bar = part(this.#foot, '.bar', SVGRectElement);
    this.#footBottom = Number(bar.getAttribute('y')) + Number(bar.getAttribute('height'));
    this.#drawing = new Drawing(svg, data);
    this.#controls = new Controls(this.#head);
    svg.append(this.#foot, this.#head);
    svg.classList.add('live');
    this.#drawing.frames.setAttribute('tabindex', '0');
  }

  /** Takes the view from the address and listens. */
  start(): void {
    const { x, y, s, i } = readAddress();
    this.#ignoreCase = i !== undefined;
    this.#fit();
    const linked = x === undefined || y === undefined ? undefined : this.#drawing.boxAt(Number(x), Number(y));
    if (linked !== undefined) this.#drawing.zoom(linked);
    if (s !== undefined) this.#controls.input.value = s;
    this.#search(s ?? '');
    this.#describe(undefined);
    this.#listen();
    this.#update();
    this.#open(linked);
  }

  #listen(): void {
    const { frames } = this.#drawing;
    const { input } = this.#controls;
    this.#svg.addEventListener('click', (event) => this.#click(event));
    window.addEventListener('keydown', (event) => this.#key(event));
    window.addEventListener('resize', () => this.#fit());
    window.addEventListener('scroll', () => this.#stick());
    frames.addEventListener('mouseover', (event) => this.#point(this.#drawing.boxOf(event.target)));
    frames.addEventListener('mouseout', () => this.#describe(this.#focused));
    frames.addEventListener('blur', () => this.#focus(undefined));
    input.addEventListener('input', () => this.#search(input.value));
  }

  #click(event: MouseEvent): void {
    const box = this.#drawing.boxOf(event.target);
    if (box !== undefined) {
      this.#enterBox(box);
      return;
    }
    const target = closest(event, '.button,.legend');
    if (target !== null) this.#press(target);
  }

  #press(target: Element): void {
    const { back, reset, ignoreCase } = this.#controls;
    if (target === back) this.#back();
    else if (target === reset) this.#zoom(0);
    else if (target === ignoreCase) this.#toggleCase();
    else this.#searchFor(target.getAttribute('data-search') ?? '');
  }

  #key(event: KeyboardEvent): void {
    const { key } = event;
    const letter = key.toLowerCase();
    const withControl = event.ctrlKey || event.metaKey;
    const typing = event.target === this.#controls.input;
    if (key === 'F3' || (withControl && letter === 'f') || (key === '/' && !typing)) {
      this.#controls.input.focus();
      this.#controls.input.select();
    } else if (withControl && letter === 'i') this.#toggleCase();
    else if (withControl) return;
    else if (key === 'Escape') this.#escape(typing);
    else if (typing) {
      if (key === 'Enter') this.#search(this.#controls.input.value);
      return;
    } else if (key === 'Backspace' || (event.altKey && key === 'ArrowLeft')) this.#back();
    else if (key === 'Enter' || key === ' ') this.#enter(event);
    else if (key.startsWith('Arrow') && document.activeElement === this.#drawing.frames) {
      const { boxes, tree, data, zoomed } = this.#drawing;
      const from = this.#focused;
      this.#focus(from === undefined ? zoomed : neighbour(boxes, tree, from, key, data.inverted));
    } else return;
    event.preventDefault();
  }

  #enter(event: KeyboardEvent): void {
    const pressed = closest(event, '.button');
    if (pressed !== null) this.#press(pressed);
    else if (this.#focused !== undefined) this.#enterBox(this.#focused);
  }

  /** First the search box, then the zoom, then the search: each Escape takes away one thing. */
  #escape(typing: boolean): void {
    if (typing) this.#drawing.frames.focus();
    if (this.#drawing.zoomed !== 0) this.#zoom(0);
    else this.#searchFor('');
  }

  /** Opens or folds a tower of engine frames; everything else is zoomed. */
  #enterBox(box: number): void {
    const { bottom } = this.#svg.getBoundingClientRect();
    if (!this.#drawing.toggle(box)) {
      this.#zoom(box);
      return;
    }
    this.#resize();
    // What was clicked stays under the pointer: rows are added above it.
    if (!this.#drawing.data.inverted) window.scrollBy(0, this.#svg.getBoundingClientRect().bottom - bottom);
    this.#mark();
    this.#describe(box);
  }

  /** The picture is as high as its rows. */
  #resize(): void {
    const height = this.#height + this.#drawing.grownPx;
    this.#svg.setAttribute('height', String(height));
    this.#notes.setAttribute('transform', `translate(0 ${this.#drawing.grownPx})`);
    this.#stick();
  }

  #zoom(box: number): void {
    const { zoomed } = this.#drawing;
    if (box === zoomed) return;
    this.#history.push(zoomed);
    this.#show(box);
  }

  #back(): void {
    const box = this.#history.pop();
    if (box !== undefined) this.#show(box);
  }

  #show(box: number): void {
    this.#drawing.zoom(box);
    this.#update();
  }

  #toggleCase(): void {
    this.#ignoreCase = !this.#ignoreCase;
    this.#search(this.#term);
  }

  #searchFor(term: string): void {
    this.#controls.input.value = term === this.#term ? '' : term;
    this.#search(this.#controls.input.value);
  }

  #search(term: string): void {
    this.#term = term;
    this.#update();
  }

  /** Everything that follows from zoom and search: marks, texts, buttons, the address. */
  #update(): void {
    const { zoomed } = this.#drawing;
    this.#controls.back.classList.toggle('hidden', this.#history.length === 0);
    this.#controls.reset.classList.toggle('hidden', zoomed === 0);
    this.#controls.ignoreCase.classList.toggle('on', this.#ignoreCase);
    this.#mark();
    writeAddress({
      x: zoomed === 0 ? undefined : String(this.#drawing.fileX(zoomed)),
      y: zoomed === 0 ? undefined : String(this.#drawing.fileY(zoomed)),
      s: this.#term,
      i: this.#ignoreCase ? '1' : undefined,
    });
  }

  #mark(): void {
    const { data, boxes, tree, zoomed } = this.#drawing;
    const { matched } = this.#controls;
    matched.classList.remove('alert');
    const legends = this.#head.querySelectorAll('.legend');
    for (const legend of Array.from(legends)) {
      legend.classList.toggle('on', legend.getAttribute('data-search') === this.#term);
    }
    if (this.#term === '') {
      this.#drawing.mark(undefined);
      matched.textContent = '';
      return;
    }
    try {
      const names = matchingNames(this.#term, this.#ignoreCase, data.names, data.kinds);
      const result = find({ boxes, tree, names: data.names, kinds: data.kinds }, names, zoomed);
      const whole = at(boxes.value, zoomed);
      const inView = zoomed === 0 ? '' : ' of this view';
      this.#drawing.mark(names);
      matched.textContent = `Matched: ${percent(result.value, whole)}${inView} (self ${percent(result.self, whole)})`;
    } catch (error) {
      this.#drawing.mark(undefined);
      matched.classList.add('alert');
      matched.textContent = patternProblem(error);
    }
  }

  #point(box: number | undefined): void {
    this.#describe(box);
    if (box === undefined) return;
    const { boxes, data } = this.#drawing;
    const numbers =
      data.sides === undefined
        ? tooltipNumbers(at(boxes.value, box), data.unit, at(boxes.value, 0))
        : ` (${sideText(data.sides, box)})`;
    this.#drawing.explain(box, tooltipName(this.#drawing.nameOf(box), this.#drawing.placeOf(box)) + numbers);
  }

  #describe(box: number | undefined): void {
    this.#details.textContent = box === undefined ? restingText : this.#text(box);
  }

  #text(box: number): string {
    const { data, width } = this.#drawing;
    const numbers = data.sides === undefined ? this.#numbers(box) : ` — ${sideText(data.sides, box)}`;
    const rest = placeSuffix(this.#drawing.placeOf(box)) + numbers;
    const room = Math.max(24, Math.floor(width / 7.5) - rest.length);
    return isolate(shortened(this.#drawing.nameOf(box), room)) + rest;
  }

  #numbers(box: number): string {
    const { data, boxes, zoomed } = this.#drawing;
    const name = at(boxes.name, box);
    const value = at(boxes.value, box);
    const self = at(boxes.self, box);
    const ofView = zoomed === 0 ? '' : `, ${percent(value, at(boxes.value, zoomed))} of this view`;
    return (
      ` — ${at(frameKinds, at(data.kinds, name))} — ${amount(value, data.unit)}, ${percent(value, at(boxes.value, 0))}${ofView}` +
      `; self ${percent(self, at(boxes.value, 0))}`
    );
  }

  #focus(box: number | undefined): void {
    this.#focused = box;
    this.#drawing.ring(box);
    this.#describe(box);
  }

  #fit(): void {
    this.#drawing.fit();
    this.#controls.place(this.#drawing.width);
    this.#stick();
  }

  /**
   * Scrolls to what a person came for: the linked frame, what a search found, the largest change of a difference, else where the
   * user's own code begins. A graph that fits, and one without any of it, stands on its root.
   */
  #open(linked: number | undefined): void {
    const { data, tree } = this.#drawing;
    const { top, bottom } = this.#svg.getBoundingClientRect();
    const height = window.innerHeight;
    if (bottom - top <= height) return;
    const isUser = (box: number): boolean => this.#drawing.kindOf(box) === 'wasm';
    const target =
      linked ??
      (this.#term === '' ? undefined : this.#widest((box) => this.#drawing.isHit(box))) ??
      (data.sides === undefined
        ? this.#widest((box) => isUser(box) && !isUser(at(tree.parent, box)))
        : mostChanged(this.#drawing.boxes, data.sides));
    const pageTop = top + window.scrollY;
    const root = data.inverted ? pageTop : pageTop + bottom - top - height;
    const y = pageTop + this.#drawing.topOf(target ?? 0);
    const headPx = data.firstRowPx + ROWS_BESIDE * rowPx;
    const footPx = FOOT_PX + (ROWS_BESIDE + 1) * rowPx;
    const isInView = target === undefined || (y - root >= headPx && y - root + footPx <= height);
    // Its callees are what one wants to read on: above it, or below in an icicle.
    window.scrollTo(0, isInView ? root : data.inverted ? y - headPx : y + footPx - height);
  }

  #widest(isIt: (box: number) => boolean): number | undefined {
    const { boxes } = this.#drawing;
    let widest: number | undefined;
    for (let box = 1; box < boxes.count; box += 1) {
      if (isIt(box) && (widest === undefined || at(boxes.value, box) > at(boxes.value, widest))) widest = box;
    }
    return widest;
  }

  /** Keeps title, search and details in sight of a graph that is taller than its window. */
  #stick(): void {
    const { top } = this.#svg.getBoundingClientRect();
    this.#head.setAttribute('transform', `translate(0 ${Math.max(0, -top)})`);
    const { grownPx } = this.#drawing;
    const footBottom = top + this.#footBottom + grownPx;
    const shift = grownPx + Math.min(0, window.innerHeight - footBottom);
    this.#foot.setAttribute('transform', `translate(0 ${shift})`);
  }
}

/** The innermost frame whose share changed nearly as much as the most changed one's, beyond chance. */
function mostChanged(boxes: Boxes, { before, after, marks }: PageSides): number | undefined {
  const share = (side: readonly number[], box: number): number => at(side, box) / at(side, 0);
  const changes = Array.from(marks, (mark, box) =>
    mark === ' ' || box === 0 ? 0 : Math.abs(share(after, box) - share(before, box)),
  );
  const least = NEARLY * changes.reduce((most, one) => Math.max(most, one), 0);
  let found: number | undefined;
  for (const [box, change] of changes.entries()) {
    if (change === 0 || change < least) continue;
    if (found === undefined || at(boxes.depth, box) > at(boxes.depth, found)) found = box;
  }
  return found;
}

function closest({ target }: Event, selector: string): Element | null {
  return target instanceof Element ? target.closest(selector) : null;
}
