import { part, svgElement } from '../../picture/page/elements.ts';
import { sidePx } from '../geometry.ts';

const topPx = 12;
const heightPx = 26;
const gapPx = 8;

interface Button {
  readonly group: SVGGElement;
  readonly widthPx: number;
  place(x: number): void;
}

/** Search box and buttons, made by the script: a picture that runs no script shows none. */
export class Controls {
  readonly input: HTMLInputElement;
  readonly back: SVGGElement;
  readonly reset: SVGGElement;
  readonly ignoreCase: SVGGElement;
  readonly matched: SVGTextElement;
  readonly #box: SVGForeignObjectElement;
  readonly #buttons: readonly Button[];

  constructor(head: SVGElement) {
    this.#box = svgElement('foreignObject', { y: topPx, width: 230, height: heightPx });
    this.#box.append(document.createElementNS('http://www.w3.org/1999/xhtml', 'input'));
    this.input = part(this.#box, 'input', HTMLInputElement);
    for (const [name, value] of Object.entries({
      id: 'search',
      type: 'text',
      placeholder: 'Search (Ctrl-F)',
      'aria-label': 'Search frames by regular expression or kind',
      spellcheck: 'false',
      autocomplete: 'off',
    })) {
      this.input.setAttribute(name, value);
    }
    const ignoreCase = button('ignorecase', 'Aa', 34, 'Ignore case (Ctrl-I)');
    const reset = button('unzoom', 'Reset zoom', 88, 'Show everything (Escape)');
    const back = button('back', 'Back', 52, 'One zoom back (Backspace)');
    this.ignoreCase = ignoreCase.group;
    this.reset = reset.group;
    this.back = back.group;
    this.#buttons = [ignoreCase, reset, back];
    this.matched = svgElement('text', {
      id: 'matched',
      class: 'end',
      y: 54,
      'aria-live': 'polite',
    });
    head.append(this.#box, ...this.#buttons.map((each) => each.group), this.matched);
  }

  /** Lines everything up with the picture's right edge. */
  place(width: number): void {
    const right = width - sidePx;
    this.matched.setAttribute('x', String(right));
    const [ignoreCase, reset, back] = this.#buttons;
    let x = right;
    if (ignoreCase !== undefined) x = put(ignoreCase, x);
    x -= 230;
    this.#box.setAttribute('x', String(x));
    x -= gapPx;
    if (reset !== undefined) x = put(reset, x);
    if (back !== undefined) put(back, x);
  }
}

function put(each: Button, right: number): number {
  each.place(right - each.widthPx);
  return right - each.widthPx - gapPx;
}

function button(id: string, label: string, widthPx: number, help: string): Button {
  const group = svgElement('g', {
    id,
    class: 'button',
    tabindex: 0,
    role: 'button',
    'aria-label': help,
  });
  const title = svgElement('title');
  title.textContent = help;
  const rect = svgElement('rect', { y: topPx + 0.5, width: widthPx, height: heightPx - 1, rx: 4 });
  const text = svgElement('text', { y: topPx + 17 });
  text.textContent = label;
  group.append(title, rect, text);
  const place = (x: number) => {
    rect.setAttribute('x', String(x + 0.5));
    text.setAttribute('x', String(x + widthPx / 2));
  };
  return { group, widthPx, place };
}
