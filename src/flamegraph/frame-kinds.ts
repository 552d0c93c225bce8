import type { Frame, FrameKind } from '../stacks/call-tree.ts';

/** Every kind, in the legend's order. A kind's place here is its number in the page's data. */
export const frameKinds = ['wasm', 'engine', 'native', 'kernel', 'blocked', 'unknown', 'root'] as const;

/** The frame that stands for the whole profile, which no call tree holds. */
export const wholeFrame: Frame = { name: 'all', kind: 'root' };

/** What a kind means, for tooltips. */
export const kindMeaning: Readonly<Record<FrameKind, string>> = {
  wasm: 'WebAssembly functions of the user',
  engine: 'the WebAssembly engine and the host program',
  native: 'shared libraries',
  kernel: 'the operating system',
  blocked: 'waiting, off the processor',
  unknown: 'code without a symbol',
  root: 'processes',
};

/** The kind's number, as the page's data and the CSS classes count them. */
export function kindNumber(kind: FrameKind): number {
  return frameKinds.indexOf(kind);
}

/** How many shades of its kind's colour frames are told apart by. */
export const shadeCount = 5;

/** The shade of a frame: the same name has the same colour in every graph (FNV-1a over UTF-16 units). */
export function shadeOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  // The low bits of FNV alone follow the last letters; fold the high ones in.
  return ((hash ^ (hash >>> 15)) >>> 0) % shadeCount;
}

/** FlameGraph's mark of a call that the compiler put into the code of its caller. */
const inlinedMark = '_[i]';

export function isInlined({ name }: Frame): boolean {
  return name.endsWith(inlinedMark);
}

/** The CSS classes that colour a frame: the kind's first letter and the shade, `w3`; `inlined` beside them for such calls. */
export function paintClass(frame: Frame): string {
  const { name, kind } = frame;
  if (!isInlined(frame)) return `${kind.charAt(0)}${shadeOf(name)}`;
  return `${kind.charAt(0)}${shadeOf(name.slice(0, -inlinedMark.length))} inlined`;
}
