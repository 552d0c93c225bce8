/** Linear RGB, 0…1. */
type Rgb = readonly [number, number, number];

/**
 * How colours look without one kind of cone, for linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based
 * Model for Simulation of Color Vision Deficiency" (IEEE TVCG 2009), severity 1.0. Grey is the view of a printer.
 */
export const visions: Readonly<Record<string, readonly Rgb[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Rgb {
  const channel = (at: number) => {
    const encoded = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const dot = (a: Rgb, b: Rgb) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** Contrast ratio of WCAG 2, 1 to 21. */
export function contrast(a: string, b: string): number {
  const luminance = (hex: string) => dot([0.2126, 0.7152, 0.0722], linear(hex));
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

/** `front` with this opacity on `back`, mixed as browsers mix: in encoded sRGB. */
export function blended(front: string, back: string, opacity: number): string {
  const channel = (at: number) => {
    const [a, b] = [front, back].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16));
    const mixed = Math.round((a ?? 0) * opacity + (b ?? 0) * (1 - opacity));
    return mixed.toString(16).padStart(2, '0');
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

/** CIE L*a*b* (D65) of a colour as one kind of vision sees it. */
function labOf(hex: string, vision: readonly Rgb[]): Rgb {
  const seen = vision.map((row) => Math.min(1, Math.max(0, dot(row, linear(hex)))));
  const rgb: Rgb = [seen[0] ?? 0, seen[1] ?? 0, seen[2] ?? 0];
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);
  const x = f(dot([0.4124564, 0.3575761, 0.1804375], rgb) / 0.95047);
  const y = f(dot([0.2126729, 0.7151522, 0.072175], rgb));
  const z = f(dot([0.0193339, 0.119192, 0.9503041], rgb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Distance of two colours for one kind of vision (CIE76; about 2.3 is just noticeable side by side). */
export function difference(a: string, b: string, vision: readonly Rgb[]): number {
  const [la, lb] = [labOf(a, vision), labOf(b, vision)];
  return Math.hypot(la[0] - lb[0], la[1] - lb[1], la[2] - lb[2]);
}
