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
