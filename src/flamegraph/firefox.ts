import { gzipSync } from 'node:zlib';
import type { CallTree, FrameKind } from '../stacks/call-tree.ts';
import { processMark } from '../stacks/process.ts';
import { displayText } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { RenderOptions } from './formats.ts';
import { frameKinds, kindNumber } from './frame-kinds.ts';
import { depthFirst, type Metric, selfValues, wholeOf } from './layout.ts';

/**
 * Firefox Profiler's processed profile, version 70 (July 2026): the JSON that profiler.firefox.com saves and opens.
 * Its documentation is the viewer's source (github.com/firefox-devtools/profiler: src/types/profile.ts and
 * docs-developer/CHANGELOG-formats.md); the viewer upgrades every older version.
 *
 *     meta     interval, categories, preprocessedProfileVersion …
 *     shared   stringArray; funcTable -> strings; frameTable -> functions; stackTable -> frames and callers
 *     threads  each with samples: stack, time, weight
 *
 * Traps: tables are columns with a `length` of their own; a stack's caller is a distance backwards (0: none), so callers
 * come first; one category must be grey; every category's first subcategory is `Other`; a pid is a string; `lib` and
 * `address` have -1, not null, for none. Weights are samples, milliseconds or bytes, nothing else.
 */
const PROCESSED_VERSION = 70;
/** The version of the browser's own format, which every profile names too. */
const GECKO_VERSION = 36;

// The viewer knows thirteen colours by name; these are the nearest to the graph's own.
const colours: Readonly<Record<FrameKind, string>> = {
  wasm: 'orange',
  engine: 'blue',
  native: 'green',
  kernel: 'magenta',
  blocked: 'purple',
  unknown: 'grey',
  root: 'darkgrey',
};

const millisecondsPer: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3 };

interface Thread {
  readonly name: string;
  readonly stacks: (number | null)[];
  readonly times: number[];
  readonly weights: number[];
  /** Milliseconds. */
  end: number;
}

/**
 * The profile as Firefox Profiler's processed JSON: one thread for each process or thread of the tree's roots, a
 * category for each kind of code, one weighted sample for each distinct stack. A call tree has no times, so samples lie
 * end to end in the order of their stacks, each as long as its share, then one of nothing. Values in `ns` and `us` become
 * milliseconds, others are plain counts. Nothing is left out.
 */
export function* renderFirefox(tree: CallTree, options: RenderOptions): Generator<string> {
  const { metric = 'samples', unit = 'samples', title } = options;
  const scale = metric === 'weight' ? millisecondsPer[unit] : undefined;
  const { threads, order, stackOf } = threadsOf(tree, metric, scale);
  const strings = new Map<string, number>();
  const intern = (text: string): number => {
    const known = strings.get(text) ?? strings.size;
    strings.set(text, known);
    return known;
  };
  const names = tree.frames.map((frame) => intern(displayText(frame.name)));
  const files = fileList(tree);
  const fileNames = files.map((file) => intern(displayText(file)));
  const stackTable = {
    frame: order.map((node) => at(tree.frame, node)),
    prefixOffset: order.map((node, stack) => {
      const caller = at(stackOf, at(tree.parent, node));
      return caller < 0 ? 0 : stack - caller;
    }),
    length: order.length,
  };
  const meta = {
    interval: 1,
    startTime: 0,
    processType: 0,
    product: displayText(title),
    importedFrom: 'faasm-tasks',
    stackwalk: 1,
    version: GECKO_VERSION,
    preprocessedProfileVersion: PROCESSED_VERSION,
    categories: frameKinds.map((kind) => ({ name: kind, color: colours[kind], subcategories: ['Other'] })),
    markerSchema: [],
    symbolicated: true,
    usesOnlyOneStackType: true,
    sourceCodeIsNotOnSearchfox: true,
    keepProfileThreadOrder: true,
    extra: [
      {
        label: 'Samples',
        entries: [
          { label: 'Weights count', format: 'string', value: scale === undefined ? unit : 'milliseconds' },
        ],
      },
    ],
  };
  yield `{"meta":${JSON.stringify(meta)},\n"libs":[],"pages":[],\n"shared":{`;
  yield `"stringArray":${JSON.stringify([...strings.keys()])},\n`;
  yield `"funcTable":${JSON.stringify(funcTable(names, tree, files))},\n`;
  yield `"frameTable":${JSON.stringify(frameTable(tree))},\n`;
  yield `"stackTable":${JSON.stringify(stackTable)},\n`;
  yield `"sources":${JSON.stringify(sourceTable(fileNames))},\n`;
  yield `${JSON.stringify(emptyTables).slice(1)},\n"threads":[`;
  for (const [index, thread] of threads.entries()) {
    yield `${index === 0 ? '' : ','}\n${JSON.stringify(threadJson(thread, index, scale !== undefined))}`;
  }
  yield ']}\n';
}

/** The same, gzipped for a file whose name says so. */
export function renderFirefoxFile(tree: CallTree, options: RenderOptions): Iterable<string> | Uint8Array {
  const json = renderFirefox(tree, options);
  return options.fileName?.endsWith('.gz') === true ? gzipSync([...json].join('')) : json;
}

const emptyTables = {
  resourceTable: { name: [], host: [], type: [], length: 0 },
  nativeSymbols: { libIndex: [], address: [], name: [], functionSize: [], length: 0 },
  sourceLocationTable: { source: [], line: [], column: [], length: 0 },
};

/** Roots become threads; every other node becomes a stack, callers first. */
function threadsOf(
  tree: CallTree,
  metric: Metric,
  scale: number | undefined,
): { readonly threads: readonly Thread[]; readonly order: readonly number[]; readonly stackOf: Int32Array } {
  const self = selfValues(tree, metric);
  // A count of cycles is no time: all of it is drawn as long as there are samples, a millisecond each.
  const whole = wholeOf(tree, metric);
  const long = scale ?? (whole === 0 ? 0 : wholeOf(tree, 'samples') / whole);
  const order: number[] = [];
  const stackOf = new Int32Array(tree.size).fill(-1);
  const threads: Thread[] = [];
  let loose: Thread | undefined;
  let thread: Thread | undefined;
  for (const node of depthFirst(tree)) {
    if (node === 0) continue;
    const frame = at(tree.frames, at(tree.frame, node));
    const isRoot = at(tree.parent, node) === 0;
    if (isRoot && frame.kind === 'root') {
      thread = newThread(frame.name);
      threads.push(thread);
    } else {
      if (isRoot) {
        if (loose === undefined) {
          loose = newThread('all');
          threads.push(loose);
        }
        thread = loose;
      }
      stackOf[node] = order.length;
      order.push(node);
    }
    const value = at(self, node);
    if (value === 0 || thread === undefined) continue;
    const stack = at(stackOf, node);
    thread.stacks.push(stack < 0 ? null : stack);
    thread.times.push(thread.end);
    thread.weights.push(scale === undefined ? value : value * scale);
    thread.end += value * long;
  }
  for (const each of threads) close(each);
  return { threads, order, stackOf };
}

/** Without a sample after it, the viewer takes a thread's last one for the shortest there is. */
function close({ stacks, times, weights, end }: Thread): void {
  stacks.push(null);
  times.push(end);
  weights.push(0);
}

function newThread(name: string): Thread {
  return { name, stacks: [], times: [], weights: [], end: 0 };
}

function threadJson(thread: Thread, index: number, isTime: boolean): Record<string, unknown> {
  const mark = processMark(thread.name);
  const name = displayText(mark?.comm ?? thread.name);
  const length = thread.stacks.length;
  return {
    processType: 'default',
    processStartupTime: 0,
    processShutdownTime: null,
    registerTime: 0,
    unregisterTime: null,
    pausedRanges: [],
    name,
    processName: name,
    isMainThread: mark?.tid === undefined || mark.tid === mark.pid,
    // Processes that were not told apart must not look like threads of one.
    pid: mark === undefined ? `unknown ${index + 1}` : `${mark.pid}`,
    tid: mark?.tid ?? mark?.pid ?? index + 1,
    samples: {
      stack: thread.stacks,
      time: thread.times,
      weight: thread.weights,
      weightType: isTime ? 'tracing-ms' : 'samples',
      length,
    },
    markers: { data: [], name: [], startTime: [], endTime: [], phase: [], category: [], length: 0 },
  };
}

/** The files that functions are declared in, each once. */
function fileList({ frames }: CallTree): readonly string[] {
  return [...new Set(frames.flatMap(({ place }) => (place === undefined ? [] : [place.file])))];
}

function sourceTable(fileNames: readonly number[]): Record<string, unknown> {
  const column = <T>(value: T): T[] => fileNames.map(() => value);
  return {
    id: column(null),
    filename: fileNames,
    startLine: column(1),
    startColumn: column(1),
    sourceMapURL: column(null),
    content: column(null),
    length: fileNames.length,
  };
}

/** A function for each frame: both are a name and a kind. */
function funcTable(
  names: readonly number[],
  { frames }: CallTree,
  files: readonly string[],
): Record<string, unknown> {
  const sourceOf = new Map(files.map((file, source) => [file, source]));
  const column = <T>(value: T): T[] => names.map(() => value);
  return {
    name: names,
    isJS: column(false),
    relevantForJS: column(false),
    resource: column(-1),
    source: frames.map(({ place }) => sourceOf.get(place?.file ?? '') ?? null),
    lineNumber: frames.map(({ place }) => place?.line ?? null),
    columnNumber: column(null),
    originalLocation: column(null),
    length: names.length,
  };
}

function frameTable({ frames }: CallTree): Record<string, unknown> {
  const column = <T>(value: T): T[] => frames.map(() => value);
  return {
    address: column(-1),
    lib: column(-1),
    inlineDepth: column(0),
    category: frames.map(({ kind }) => kindNumber(kind)),
    subcategory: column(0),
    func: frames.map((_, index) => index),
    nativeSymbol: column(null),
    innerWindowID: column(0),
    line: column(null),
    column: column(null),
    originalLocation: column(null),
    length: frames.length,
  };
}
