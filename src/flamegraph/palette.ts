import type { FrameKind } from '../stacks/call-tree.ts';
import { frameKinds, shadeCount } from './frame-kinds.ts';

/** Everything that is coloured, for one theme. */
export interface Palette {
  readonly page: string;
  readonly text: string;
  readonly muted: string;
  readonly label: string;
  readonly line: string;
  readonly alert: string;
  /** Opacity of the callers of a zoomed frame; their labels are in `text`. */
  readonly callerOpacity: number;
  /** Opacity of frames that a search did not find; their labels are in `muted`. */
  readonly unmatchedOpacity: number;
  /** `shades[kind][n]`; any label text on any shade has a contrast of at least 4.5:1. */
  readonly shades: Readonly<Record<FrameKind, readonly string[]>>;
  /** A differential graph's colours: what chance explains, and three strengths of more and of less. */
  readonly changes: Readonly<Record<ChangePaint, string>>;
}

/** How a frame of a differential graph is painted; the class of its rectangle. */
export type ChangePaint = 'same' | `${'more' | 'less'}${1 | 2 | 3}`;

// More is lighter than less at every strength, so that grey print tells them apart too; the marks in labels say it again.
const lightChanges: Readonly<Record<ChangePaint, Oklch>> = {
  same: { lightness: 0.925, chroma: 0.006, hue: 260 },
  more1: { lightness: 0.87, chroma: 0.07, hue: 55 },
  more2: { lightness: 0.81, chroma: 0.12, hue: 50 },
  more3: { lightness: 0.745, chroma: 0.165, hue: 45 },
  less1: { lightness: 0.79, chroma: 0.065, hue: 245 },
  less2: { lightness: 0.71, chroma: 0.1, hue: 248 },
  less3: { lightness: 0.635, chroma: 0.13, hue: 252 },
};

const darkChanges: Readonly<Record<ChangePaint, Oklch>> = {
  ...lightChanges,
  same: { lightness: 0.6, chroma: 0.01, hue: 260 },
};

function changesOf(base: Readonly<Record<ChangePaint, Oklch>>): Record<ChangePaint, string> {
  const { same, more1, more2, more3, less1, less2, less3 } = base;
  return {
    same: toHex(same),
    more1: toHex(more1),
    more2: toHex(more2),
    more3: toHex(more3),
    less1: toHex(less1),
    less2: toHex(less2),
    less3: toHex(less3),
  };
}

// Kinds differ in lightness as well as in hue, so that they stay apart for every kind of colour vision and in print.
const lightBase: Readonly<Record<FrameKind, Oklch>> = {
  wasm: { lightness: 0.785, chroma: 0.15, hue: 62 },
  engine: { lightness: 0.7, chroma: 0.105, hue: 250 },
  native: { lightness: 0.885, chroma: 0.09, hue: 165 },
  kernel: { lightness: 0.635, chroma: 0.13, hue: 338 },
  blocked: { lightness: 0.925, chroma: 0.095, hue: 95 },
  unknown: { lightness: 0.782, chroma: 0.008, hue: 260 },
  root: { lightness: 0.925, chroma: 0.006, hue: 260 },
};

const darkBase: Readonly<Record<FrameKind, Oklch>> = {
  wasm: { lightness: 0.76, chroma: 0.135, hue: 62 },
  engine: { lightness: 0.66, chroma: 0.11, hue: 250 },
  native: { lightness: 0.855, chroma: 0.08, hue: 165 },
  kernel: { lightness: 0.616, chroma: 0.135, hue: 338 },
  blocked: { lightness: 0.86, chroma: 0.085, hue: 92 },
  unknown: { lightness: 0.75, chroma: 0.01, hue: 260 },
  root: { lightness: 0.6, chroma: 0.01, hue: 260 },
};

function shadesOf(base: Readonly<Record<FrameKind, Oklch>>): Record<FrameKind, readonly string[]> {
  const shades = (kind: FrameKind): readonly string[] =>
    Array.from({ length: shadeCount }, (_, shade) => {
      const step = shade - (shadeCount - 1) / 2;
      const colour = base[kind];
      const turn = colour.chroma < 0.02 ? 0 : step * 4;
      return toHex({ ...colour, lightness: colour.lightness + step * 0.009, hue: colour.hue + turn });
    });
  return {
    wasm: shades('wasm'),
    engine: shades('engine'),
    native: shades('native'),
    kernel: shades('kernel'),
    blocked: shades('blocked'),
    unknown: shades('unknown'),
    root: shades('root'),
  };
}

export const lightPalette: Palette = {
  page: '#ffffff',
  text: '#1d1f24',
  muted: '#5c616b',
  label: '#14151a',
  line: '#d5d8de',
  alert: '#b3261e',
  callerOpacity: 0.55,
  unmatchedOpacity: 0.2,
  shades: shadesOf(lightBase),
  changes: changesOf(lightChanges),
};

export const darkPalette: Palette = {
  page: '#15171c',
  text: '#e6e8ec',
  muted: '#9ba1ad',
  label: '#0b0c0f',
  line: '#363b45',
  alert: '#ff9d94',
  callerOpacity: 0.4,
  unmatchedOpacity: 0.17,
  shades: shadesOf(darkBase),
  changes: changesOf(darkChanges),
};

/** The CSS rules that fill frames of each class in this palette. */
export function paintRules(palette: Palette): string {
  return frameKinds
    .flatMap((kind) => palette.shades[kind].map((fill, shade) => `.${kind.charAt(0)}${shade}{fill:${fill}}`))
    .concat(Object.entries(palette.changes).map(([change, fill]) => `.${change}{fill:${fill}}`))
    .join('');
}

/** A colour as people see it: lightness 0…1, chroma from 0 (grey), hue in degrees (Björn Ottosson's Oklab). */
export interface Oklch {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** The nearest sRGB colour, as `#rrggbb`. https://bottosson.github.io/posts/oklab/ */
export function toHex(colour: Oklch): string {
  const angle = (colour.hue * Math.PI) / 180;
  const a = colour.chroma * Math.cos(angle);
  const b = colour.chroma * Math.sin(angle);
  const long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (colour.lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return `#${[
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ]
    .map(channel)
    .join('')}`;
}

function channel(linear: number): string {
  const clamped = Math.min(1, Math.max(0, linear));
  const encoded = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * clamped ** (1 / 2.4) - 0.055;
  return Math.round(encoded * 255)
    .toString(16)
    .padStart(2, '0');
}
