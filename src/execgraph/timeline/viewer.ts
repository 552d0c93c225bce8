import { part } from '../../picture/page/elements.ts';
import { at } from '../../util/indexed.ts';
import { Chart, headPx } from './chart.ts';
import type { Marks } from './drawing.ts';
import { describe, matchingCalls, type Scene } from './scene.ts';

import { darkTheme, lightTheme } from './theme.ts';

const zoomStep = 1.5;
const dragPx = 4;
/** A canvas that is much larger is not drawn at all. */
const mostPrintedPx = 4000;

interface Drag {
  readonly kind: 'pan' | 'select';
  readonly startX: number;
  x: number;
  y: number;
  hasMoved: boolean;
}

/** The page: what pointer and keys do to the chart, and what the lines of text say about it. */
export class Viewer {
  readonly #scene: Scene;
  readonly #chart: Chart;
  readonly #input: HTMLInputElement;
  readonly #count: HTMLElement;
  readonly #details: HTMLElement;
  readonly #tip: HTMLElement;
  readonly #zone: HTMLElement;
  readonly #steps: readonly HTMLElement[];
  #found: readonly number[] = [];
  #matches: Uint8Array | undefined;
  #focus: number | undefined;
  #selected: number | undefined;
  #hovered: number | undefined;
  #showsPath = true;
  #isTall = false;
  #isPrinting = false;
  #drag: Drag | undefined;
  #isDue = false;

  constructor(scene: Scene) {
    this.#scene = scene;
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    this.#chart = new Chart(scene, dark.matches ? darkTheme : lightTheme);
    dark.addEventListener('change', () => this.#setTheme(dark.matches));
    this.#input = part(document, '#search', HTMLInputElement);
    this.#count = part(document, '#count', HTMLElement);
    this.#details = part(document, '#details', HTMLElement);
    this.#tip = part(document, '#tip', HTMLElement);
    this.#zone = part(document, '#zone', HTMLElement);
    this.#steps = ['#previous', '#next'].map((id) => part(document, id, HTMLElement));
    this.#listen(dark);
    this.#fit();
    this.#say(undefined);
  }

  #listen(dark: { readonly matches: boolean }): void {
    const { canvas } = this.#chart;
    const button = (id: string, act: () => void): void =>
      part(document, id, HTMLElement).addEventListener('click', act);
    button('#in', () => this.#zoom(zoomStep));
    button('#out', () => this.#zoom(1 / zoomStep));
    button('#all', () => this.#reset());
    button('#next', () => this.#step(1));
    button('#previous', () => this.#step(-1));
    button('#path', () => this.#togglePath());
    button('#tall', () => this.#toggleTall());
    this.#input.addEventListener('input', () => this.#search());
    this.#input.addEventListener('keydown', (event) => this.#searchKey(event));
    window.addEventListener('keydown', (event) => this.#findKey(event));
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener('pointerdown', (event) => this.#press(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    canvas.addEventListener('pointerup', (event) => this.#release(event));
    canvas.addEventListener('pointercancel', () => this.#endDrag());
    canvas.addEventListener('pointerleave', () => this.#hover(undefined));
    part(document, '#chart', HTMLElement).addEventListener('scroll', () => this.#redraw());
    window.addEventListener('resize', () => this.#fit());
    window.addEventListener('beforeprint', () => this.#print(true, dark.matches));
    window.addEventListener('afterprint', () => this.#print(false, dark.matches));
  }

  #fit(): void {
    const room = this.#isPrinting
      ? mostPrintedPx
      : Math.max(300, window.innerHeight - this.#chart.topPx - 70);
    this.#chart.fit(room, this.#isTall, this.#isPrinting ? 2 : window.devicePixelRatio);
    this.#draw();
  }

  #setTheme(isDark: boolean): void {
    this.#chart.setTheme(isDark ? darkTheme : lightTheme);
    this.#redraw();
  }

  #print(isPrinting: boolean, isDark: boolean): void {
    this.#isPrinting = isPrinting;
    this.#chart.setTheme(isDark && !isPrinting ? darkTheme : lightTheme);
    this.#fit();
  }

  #redraw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    window.requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const marks: Marks = {
      matches: this.#matches,
      focus: this.#focus,
      pointed: this.#hovered ?? this.#selected,
      showsPath: this.#showsPath,
    };
    this.#chart.draw(marks);
  }

  #zoom(factor: number, x = this.#chart.view.widthPx / 2): void {
    this.#chart.view.zoom(factor, x);
    this.#redraw();
  }

  #reset(): void {
    this.#focus = undefined;
    this.#chart.view.reset();
    this.#select(undefined);
    this.#redraw();
  }

  #togglePath(): void {
    this.#showsPath = !this.#showsPath;
    part(document, '#path', HTMLElement).setAttribute('aria-pressed', String(this.#showsPath));
    this.#redraw();
  }

  #toggleTall(): void {
    this.#isTall = !this.#isTall;
    part(document, '#tall', HTMLElement).setAttribute('aria-pressed', String(this.#isTall));
    this.#fit();
  }

  #wheel(event: WheelEvent): void {
    const { view, canvas } = this.#chart;
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const along = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      view.pan(along * unit);
    } else {
      // Nothing further out: the page scrolls.
      if (event.deltaY > 0 && view.isWhole) return;
      const factor = Math.min(2, Math.max(0.5, 1.0018 ** (-event.deltaY * unit)));
      view.zoom(factor, event.clientX - canvas.getBoundingClientRect().left);
    }
    event.preventDefault();
    this.#hover(this.#chart.callAt(event.offsetX, event.offsetY), event);
    this.#redraw();
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { canvas } = this.#chart;
    canvas.setPointerCapture(event.pointerId);
    const kind = event.offsetY < headPx || event.shiftKey ? 'select' : 'pan';
    this.#drag = { kind, startX: event.offsetX, x: event.clientX, y: event.clientY, hasMoved: false };
  }

  #move(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag === undefined) {
      this.#hover(this.#chart.callAt(event.offsetX, event.offsetY), event);
      return;
    }
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.hasMoved && Math.hypot(dx, dy) < dragPx) return;
    drag.hasMoved = true;
    this.#tip.hidden = true;
    if (drag.kind === 'pan') {
      this.#chart.canvas.style.cursor = 'grabbing';
      this.#chart.view.pan(-dx);
      this.#chart.scrollBy(-dy);
      drag.x = event.clientX;
      drag.y = event.clientY;
      this.#redraw();
    } else {
      this.#zone.hidden = false;
      this.#zone.style.left = `${Math.min(drag.startX, event.offsetX)}px`;
      this.#zone.style.width = `${Math.abs(event.offsetX - drag.startX)}px`;
    }
  }

  #release(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag === undefined) return;
    this.#endDrag();
    if (!drag.hasMoved) {
      const call = this.#chart.callAt(event.offsetX, event.offsetY);
      if (call === undefined) this.#reset();
      else this.#focusOn(call);
    } else if (drag.kind === 'select') {
      const { view } = this.#chart;
      const isOverview = event.offsetY < headPx / 2;
      const [a, b] = [Math.min(drag.startX, event.offsetX), Math.max(drag.startX, event.offsetX)];
      if (isOverview) view.show(view.overviewMs(a), view.overviewMs(b));
      else view.show(view.ms(a), view.ms(b));
      this.#redraw();
    }
  }

  #endDrag(): void {
    this.#drag = undefined;
    this.#zone.hidden = true;
    this.#chart.canvas.style.cursor = '';
  }

  #hover(call: number | undefined, event?: MouseEvent): void {
    if (this.#drag !== undefined) return;
    if (call !== this.#hovered) {
      this.#hovered = call;
      this.#chart.canvas.style.cursor = call === undefined ? '' : 'pointer';
      this.#say(call ?? this.#selected);
      this.#redraw();
    }
    this.#tip.hidden = call === undefined;
    if (call === undefined || event === undefined) return;
    const { width } = this.#tip.getBoundingClientRect();
    this.#tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, window.innerWidth - width - 8))}px`;
    this.#tip.style.top = `${event.clientY + 18}px`;
  }

  #select(call: number | undefined): void {
    this.#selected = call;
    this.#hovered = undefined;
    this.#tip.hidden = true;
    if (call !== undefined) this.#chart.reveal(call);
    this.#say(call);
    this.#redraw();
  }

  /** Shows a call and what it led to as wide as the chart; again, everything. */
  #focusOn(call: number): void {
    if (this.#focus === call) {
      this.#reset();
      return;
    }
    this.#focus = call;
    const [from, to] = this.#scene.extent(call);
    const margin = Math.max((to - from) * 0.03, 0.5);
    this.#chart.view.show(from - margin, to + margin);
    this.#select(call);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { view } = this.#chart;
    const actions: Readonly<Record<string, (() => void) | undefined>> = {
      '+': () => this.#zoom(zoomStep),
      '=': () => this.#zoom(zoomStep),
      '-': () => this.#zoom(1 / zoomStep),
      w: () => this.#zoom(zoomStep),
      s: () => this.#zoom(1 / zoomStep),
      a: () => view.pan(-view.widthPx / 8),
      d: () => view.pan(view.widthPx / 8),
      0: () => this.#reset(),
      Escape: () => this.#reset(),
      Home: () => this.#select(0),
      p: () => this.#togglePath(),
      t: () => this.#toggleTall(),
      n: () => this.#step(1),
      N: () => this.#step(-1),
      PageDown: () => this.#chart.scrollBy(this.#chart.heightPx / 2),
      PageUp: () => this.#chart.scrollBy(-this.#chart.heightPx / 2),
      Enter: () => this.#selected !== undefined && this.#focusOn(this.#selected),
      ArrowRight: () => this.#walk(1),
      ArrowLeft: () => this.#walk(-1),
      ArrowDown: () => this.#select(this.#scene.children[this.#selected ?? -1]?.[0] ?? this.#selected ?? 0),
      ArrowUp: () => this.#select(Math.max(0, this.#scene.parent(this.#selected ?? 0))),
    };
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    action();
    this.#redraw();
  }

  /** To the next or the previous call with the same caller. */
  #walk(by: number): void {
    const call = this.#selected ?? 0;
    const parent = this.#scene.parent(call);
    const siblings = parent < 0 ? this.#scene.roots : at(this.#scene.children, parent);
    this.#select(siblings[siblings.indexOf(call) + by] ?? call);
  }

  #findKey(event: KeyboardEvent): void {
    const isFind = event.key === 'f' && (event.ctrlKey || event.metaKey);
    if (!isFind && !(event.key === '/' && !(event.target instanceof HTMLInputElement))) return;
    event.preventDefault();
    this.#input.focus();
    this.#input.select();
  }

  #searchKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') this.#step(event.shiftKey ? -1 : 1);
    if (event.key !== 'Escape') return;
    this.#input.value = '';
    this.#search();
    this.#chart.canvas.focus({ preventScroll: true });
  }

  #search(): void {
    const term = this.#input.value.trim();
    this.#found = term === '' ? [] : matchingCalls(this.#scene, term);
    this.#matches = undefined;
    if (term !== '') {
      this.#matches = new Uint8Array(this.#scene.count);
      for (const call of this.#found) this.#matches[call] = 1;
    }
    this.#sayCount();
    this.#redraw();
  }

  #step(by: number): void {
    if (this.#found.length === 0) return;
    const at = this.#selected === undefined ? -1 : this.#found.indexOf(this.#selected);
    const next =
      at < 0 && by < 0 ? this.#found.length - 1 : (at + by + this.#found.length) % this.#found.length;
    this.#select(this.#found[next]);
    this.#sayCount();
  }

  #sayCount(): void {
    const { length } = this.#found;
    for (const button of this.#steps) button.hidden = length === 0;
    const at = this.#selected === undefined ? -1 : this.#found.indexOf(this.#selected);
    if (this.#matches === undefined) this.#count.textContent = '';
    else if (length === 0) this.#count.textContent = 'no call matches';
    else
      this.#count.textContent = `${at < 0 ? '' : `${at + 1} of `}${length} ${length === 1 ? 'match' : 'matches'}`;
  }

  #say(call: number | undefined): void {
    if (call === undefined) {
      const more = this.#chart.overflows ? ' Page Down and dragging show further rows.' : '';
      const keys = `Wheel zooms, dragging moves, dragging along the top selects.${more} A click shows a call and what it led to.`;
      this.#details.replaceChildren(keys);
      this.#tip.hidden = true;
      return;
    }
    this.#details.replaceChildren(...this.#description(call));
    this.#tip.replaceChildren(...this.#description(call));
  }

  #description(call: number): HTMLElement[] {
    const { name, facts, output } = describe(this.#scene, call);
    const part = (tag: string, children: readonly (HTMLElement | string)[]): HTMLElement => {
      const element = document.createElement(tag);
      element.append(...children);
      return element;
    };
    const pairs = facts.map(([what, much]) => part('span', [part('i', [what]), ' ', part('bdi', [much])]));
    const parts = [part('b', [part('bdi', [name])]), ...pairs];
    return output === ''
      ? parts
      : [...parts, part('span', [part('i', ['output']), ' ', part('q', [output])])];
  }
}
