/** The part of the DOM that the dashboard's script uses; the project is compiled without the DOM's own types. */
export interface PageEvent {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly clientX: number;
  /** Of a message of an event stream. */
  readonly data: string;
  readonly target: PageElement | null;
  preventDefault(): void;
}

export interface PageElement {
  readonly clientWidth: number;
  readonly tagName: string;
  readonly classList: { toggle(name: string, on: boolean): void };
  textContent: string | null;
  hidden: boolean;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  append(...children: (PageElement | string)[]): void;
  replaceChildren(...children: (PageElement | string)[]): void;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  getBoundingClientRect(): { readonly left: number; readonly width: number };
}

export interface PageDocument {
  readonly body: PageElement;
  readonly hidden: boolean;
  title: string;
  querySelector(selector: string): PageElement | null;
  createElement(name: string): PageElement;
  createElementNS(space: 'http://www.w3.org/2000/svg', name: string): PageElement;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
}

/** Server-sent events. */
export interface PageStream {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  close(): void;
}

export interface PageWindow {
  readonly document: PageDocument;
  readonly EventSource: new (address: string) => PageStream;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  requestAnimationFrame(callback: () => void): void;
}

/** The element, which the writer of the page always puts there. */
export function found<T>(element: T | null): T {
  if (element === null) throw new Error('the page is incomplete');
  return element;
}
