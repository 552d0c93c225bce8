/**
 * The part of the DOM that the timeline's script uses. The project is compiled without the DOM's own types, so that
 * code for Node cannot use them by accident.
 */
export interface PageEvent {
  readonly target: PageElement | null;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly offsetX: number;
  readonly offsetY: number;
  readonly clientX: number;
  readonly clientY: number;
  readonly deltaX: number;
  readonly deltaY: number;
  readonly deltaMode: number;
  readonly button: number;
  readonly pointerId: number;
  readonly matches: boolean;
  preventDefault(): void;
}

export interface PageElement {
  readonly clientWidth: number;
  readonly clientHeight: number;
  readonly tagName: string;
  readonly classList: { toggle(name: string, on: boolean): void };
  readonly style: { height: string; width: string; cursor: string; left: string; top: string };
  scrollTop: number;
  textContent: string | null;
  value: string;
  hidden: boolean;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  append(...children: (PageElement | string)[]): void;
  replaceChildren(...children: (PageElement | string)[]): void;
  addEventListener(
    type: string,
    listener: (event: PageEvent) => void,
    options?: { readonly passive: boolean },
  ): void;
  getBoundingClientRect(): { readonly left: number; readonly top: number; readonly width: number };
  setPointerCapture(pointer: number): void;
  focus(options?: { readonly preventScroll: boolean }): void;
  select(): void;
}

export interface PagePattern {
  readonly brand?: 'CanvasPattern';
}

/** The 2D context, as far as it is drawn on. */
export interface Pencil {
  fillStyle: string | PagePattern;
  strokeStyle: string;
  lineWidth: number;
  lineJoin: string;
  font: string;
  textAlign: string;
  textBaseline: string;
  globalAlpha: number;
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  beginPath(): void;
  closePath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  fill(): void;
  stroke(): void;
  clip(): void;
  save(): void;
  restore(): void;
  setLineDash(dashes: readonly number[]): void;
  fillText(text: string, x: number, y: number): void;
  strokeText(text: string, x: number, y: number): void;
  measureText(text: string): { readonly width: number };
  createPattern(image: CanvasElement, repetition: 'repeat'): PagePattern | null;
}

export interface CanvasElement extends PageElement {
  width: number;
  height: number;
  getContext(kind: '2d'): Pencil | null;
}

export interface PageDocument {
  readonly activeElement: PageElement | null;
  readonly body: PageElement;
  readonly documentElement: PageElement;
  querySelector(selector: string): PageElement | null;
  querySelector(selector: 'canvas'): CanvasElement | null;
  createElement(name: 'canvas'): CanvasElement;
  createElement(name: string): PageElement;
}

export interface MediaQuery {
  readonly matches: boolean;
  addEventListener(type: 'change', listener: () => void): void;
}

export interface PageWindow {
  readonly document: PageDocument;
  readonly innerHeight: number;
  readonly innerWidth: number;
  readonly devicePixelRatio: number;
  matchMedia(query: string): MediaQuery;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  requestAnimationFrame(callback: () => void): void;
}

/** The element, which the writer of the page always puts there. */
export function found<T>(element: T | null): T {
  if (element === null) throw new Error('the timeline is incomplete');
  return element;
}
