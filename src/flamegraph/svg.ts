import type { CallTree } from '../stacks/call-tree.ts';
import { displayText, escapeXml } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import { placeText } from '../util/source-place.ts';
import type { RenderOptions } from './formats.ts';
import { isInlined, kindNumber, paintClass, wholeFrame } from './frame-kinds.ts';
import { amount, changeMark, percent, sideText, tooltipName, tooltipNumbers } from './frame-text.ts';
import {
  drawnWidth,
  framePx,
  labelDropPx,
  labelFor,
  labelPadPx,
  leastLabelledPx,
  px,
  rowPx,
  rowTop,
  sidePx,
} from './geometry.ts';
import {
  defaultMinWidth,
  kindShares,
  type Layout,
  layOut,
  type MinWidth,
  reversed,
  wholeOf,
} from './layout.ts';
import { type PageData, packBoxes } from './page-data.ts';
import { pageScript } from './page-script.ts';
import { changeLegend, changePaint, type DifferenceSides, pageSides } from './sides.ts';
import { kindLegend, svgFoot, svgHead } from './svg-frame.ts';
import { foldedRows, towerName, towersOf } from './towers.ts';

export interface FlameGraphOptions extends RenderOptions {
  /** Lines under the picture. */
  readonly notes?: readonly string[];
  /** Draws the tree as the difference of two profiles. */
  readonly sides?: DifferenceSides;
}

const defaultWidth = 1200;
/** Nobody can point at a narrower frame; most of a big graph's frames are, and their tooltips half of its bytes. */
const leastExplainedPx = 0.5;
const chunkChars = 1 << 16;

/**
 * A flame graph as chunks of one self-contained SVG file: readable as a still picture, and a page of its own (zoom,
 * search, tooltips) when opened in a browser. The same profile and options give the same bytes.
 */
export function* renderFlameGraph(tree: CallTree, options: FlameGraphOptions): Generator<string> {
  const metric = options.metric ?? 'samples';
  const unit = options.unit ?? metric;
  const width = options.width ?? defaultWidth;
  const inverted = options.inverted ?? false;
  const displayed = options.reverse === true ? reversed(tree) : tree;
  const minWidth = options.minWidth ?? defaultMinWidth;
  const total = wholeOf(displayed, metric);
  const innerPx = width - 2 * sidePx;
  const narrowest = total * (minWidth.unit === '%' ? minWidth.value / 100 : minWidth.value / innerPx);
  const layout = layOut(displayed, metric, narrowest);
  const kindOf = (box: number) => (box === 0 ? 'root' : at(displayed.frames, at(layout.frame, box)).kind);
  // Merged from the leaf, what stands below WebAssembly is what it called: the very thing that is looked for.
  const isFolded = options.engineFrames !== 'all' && options.reverse !== true;
  const towers = isFolded ? towersOf(layout, kindOf) : [];
  const { rows, row, isWithin } = foldedRows(layout, towers);
  const towerOf = new Map(towers.map((tower) => [tower[0], tower]));

  const head = svgHead({
    title: displayText(options.title),
    subtitle: displayText(options.subtitle ?? ''),
    width,
    legend:
      options.sides === undefined ? kindLegend(kindShares(tree, metric), unit) : changeLegend(options.sides),
  });
  const foot = svgFoot({
    width,
    topPx: head.heightPx + rows * rowPx,
    notes: [...omissionNote(layout, minWidth), ...inlinedNote(tree), ...(options.notes ?? [])].map(
      displayText,
    ),
  });
  yield head.open(foot.bottomPx);

  const sides = options.sides === undefined ? undefined : pageSides(options.sides, layout);
  const names = new NameTable(displayed);
  const perPx = layout.total === 0 ? 0 : innerPx / layout.total;
  let chunk = '<g id="frames">\n';
  for (let box = 0; box < layout.count; box += 1) {
    const name = names.of(box === 0 ? undefined : at(layout.frame, box));
    const value = at(layout.value, box);
    const x = px(sidePx + at(layout.start, box) * perPx);
    const y = rowTop(at(row, box), rows, head.heightPx, inverted);
    const tower = towerOf.get(box);
    const paint = sides !== undefined ? changePaint(sides, box) : tower !== undefined ? 'e2' : name.paint;
    const isHidden = isWithin[box] === 1;
    if (isHidden && options.isStill === true) continue;
    const widthPx = box === 0 ? innerPx : value * perPx;
    chunk += `<rect class="${isHidden ? 'hidden ' : ''}${paint}" x="${x}" y="${y}" width="${drawnWidth(widthPx)}" height="${framePx}"`;
    chunk +=
      widthPx < leastExplainedPx || options.isStill === true
        ? '/>'
        : `><title>${tower === undefined ? '' : `${towerName(tower)}, the first: `}${name.tooltip}${sides === undefined ? tooltipNumbers(value, unit, layout.total) : ` (${escapeXml(sideText(sides, box))})`}</title></rect>`;
    const label =
      widthPx < leastLabelledPx || isHidden
        ? ''
        : labelFor(
            tower === undefined ? name.text : towerName(tower),
            widthPx,
            undefined,
            changeMark(sides, box),
          );
    if (label !== '') {
      const displayLabel = label === name.text ? name.escaped : escapeXml(label);
      chunk += `<text x="${px(x + labelPadPx)}" y="${y + labelDropPx}">${displayLabel}</text>`;
    }
    chunk += '\n';
    if (chunk.length > chunkChars) {
      yield chunk;
      chunk = '';
    }
  }
  yield `${chunk}</g>\n`;
  yield foot.text;
  if (options.isStill !== true) {
    yield* pageParts({
      unit,
      inverted,
      fluid: options.width === undefined,
      width,
      rows,
      folded: isFolded,
      firstRowPx: head.heightPx,
      names: names.texts,
      kinds: names.kinds,
      ...(names.places.some((place) => place !== '') ? { places: names.places } : {}),
      boxes: packBoxes({
        ...layout,
        name: Array.from(layout.frame, (frame, box) => names.of(box === 0 ? undefined : frame).id),
      }),
      ...(sides === undefined ? {} : { sides }),
    });
  }
  yield '</svg>\n';
}

/** Data and script. JSON hides the characters that mean something to an XML reader. */
function* pageParts(data: PageData): Generator<string> {
  const json = JSON.stringify(data).replace(
    /[<>&]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  yield `<script id="data" type="application/json">${json}</script>\n`;
  yield `<script><![CDATA[${pageScript}]]></script>\n`;
}

function omissionNote(layout: Layout, minWidth: MinWidth): string[] {
  if (layout.omittedFrames === 0) return [];
  const limit = minWidth.unit === '%' ? `${minWidth.value}% of the whole` : `${minWidth.value} px`;
  const frames = layout.omittedFrames === 1 ? '1 frame' : `${amount(layout.omittedFrames, 'frames')}`;
  return [`Not drawn: ${frames} under ${limit}, ${percent(layout.omittedValue, layout.total)} of the whole.`];
}

function inlinedNote(tree: CallTree): string[] {
  return tree.frames.some(isInlined)
    ? ['Dashed outline, _[i]: a call that the compiler put into the code of its caller.']
    : [];
}

interface DrawnName {
  readonly id: number;
  readonly text: string;
  readonly escaped: string;
  readonly tooltip: string;
  readonly paint: string;
}

/** Names of drawn frames, numbered in the order they are first drawn, each escaped once. */
class NameTable {
  readonly texts: string[] = [];
  readonly kinds: number[] = [];
  readonly places: string[] = [];
  readonly #tree: CallTree;
  readonly #known = new Map<number, DrawnName>();

  constructor(tree: CallTree) {
    this.#tree = tree;
  }

  of(frameId: number | undefined): DrawnName {
    const key = frameId ?? -1;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const frame = frameId === undefined ? wholeFrame : at(this.#tree.frames, frameId);
    const text = displayText(frame.name);
    const place = frame.place === undefined ? '' : displayText(placeText(frame.place));
    const made: DrawnName = {
      id: this.texts.length,
      text,
      escaped: escapeXml(text),
      tooltip: escapeXml(tooltipName(text, place)),
      paint: paintClass(frame),
    };
    this.texts.push(text);
    this.kinds.push(kindNumber(frame.kind));
    this.places.push(place);
    this.#known.set(key, made);
    return made;
  }
}
