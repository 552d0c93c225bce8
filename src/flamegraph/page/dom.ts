/**
 * The part of the DOM that the page's script uses. The project is compiled without the DOM's own types, so that code
 * for Node cannot use them by accident.
 */
export interface PageEvent {
  readonly target: PageElement | null;
  readonly relatedTarget?: PageElement | null;
  readonly key?: string;
  readonly ctrlKey?: boolean;
  readonly metaKey?: boolean;
  readonly altKey?: boolean;
  preventDefault(): void;
  stopPropagation(): void;
}

export interface PageElement {
  readonly id: string;
  readonly tagName: string;
  readonly parentElement: PageElement | null;
  readonly nextElementSibling: PageElement | null;
  readonly classList: {
    add(name: string): void;
    remove(name: string): void;
    toggle(name: string, on: boolean): void;
    contains(name: string): boolean;
  };
  textContent: string | null;
  value: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  append(...children: PageElement[]): void;
  after(sibling: PageElement): void;
  closest(selector: string): PageElement | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): ArrayLike<PageElement>;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  getBoundingClientRect(): { readonly width: number; readonly top: number; readonly bottom: number };
  getComputedTextLength(): number;
  focus(): void;
  select(): void;
}

export interface PageDocument {
  readonly documentElement: PageElement;
  readonly activeElement: PageElement | null;
  querySelector(selector: string): PageElement | null;
  createElementNS(namespace: string, name: string): PageElement;
}

export interface PageWindow {
  readonly document: PageDocument;
  readonly innerHeight: number;
  readonly location: { readonly search: string; readonly href: string };
  readonly history: { replaceState(data: null, unused: string, url: string): void };
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  requestAnimationFrame(callback: () => void): void;
  scrollTo(x: number, y: number): void;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** A new SVG element with these attributes. */
export function svgElement(
  document: PageDocument,
  name: string,
  attributes: Readonly<Record<string, string | number>> = {},
): PageElement {
  const element = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** The element, which the writer of the picture always puts there. */
export function found(element: PageElement | null): PageElement {
  if (element === null) throw new Error('the flame graph is incomplete');
  return element;
}
