/** The colours of everything that is drawn, for one of light and dark. */
export interface Theme {
  readonly page: string;
  readonly band: string;
  readonly line: string;
  readonly ink: string;
  readonly muted: string;
  /** Text upon bars, whether running or waiting. */
  readonly label: string;
  readonly failure: string;
  readonly skew: string;
  readonly match: string;
  readonly area: string;
  /** By number of function; the last is for all others. */
  readonly running: readonly string[];
  readonly waiting: readonly string[];
  readonly edge: readonly string[];
}

// Eight hues that differ in lightness too, so that they stay apart for every kind of colour vision; then the grey one.
const lightHues = [
  '#6fb1e8',
  '#f0a63a',
  '#52c29b',
  '#dd8ec0',
  '#e6d34f',
  '#a396e6',
  '#c8a07a',
  '#5fd0dd',
  '#b4b9c2',
];
const darkHues = [
  '#2f6ca6',
  '#98600d',
  '#1f7a5c',
  '#9a4680',
  '#746700',
  '#6253ad',
  '#7f5538',
  '#1c7787',
  '#596070',
];

export const lightTheme: Theme = {
  page: '#ffffff',
  band: '#f4f5f7',
  line: '#cfd3da',
  ink: '#15171c',
  muted: '#5a606b',
  label: '#15171c',
  failure: '#c22b18',
  skew: '#b35300',
  match: '#0b57d0',
  area: '#9aa3b2',
  ...shades(lightHues, '#ffffff', 0.74, '#000000', 0.42),
};

export const darkTheme: Theme = {
  page: '#14161a',
  band: '#1b1e24',
  line: '#3a3f4a',
  ink: '#f2f4f7',
  muted: '#a3aab7',
  label: '#ffffff',
  failure: '#ff8a75',
  skew: '#ffb057',
  match: '#8ab4ff',
  area: '#5d6675',
  ...shades(darkHues, '#14161a', 0.62, '#ffffff', 0.4),
};

/** Colours of functions: how many there are before they share one. */
export const ownHues = lightHues.length - 1;

function shades(
  hues: readonly string[],
  page: string,
  paleness: number,
  edge: string,
  strength: number,
): Pick<Theme, 'running' | 'waiting' | 'edge'> {
  return {
    running: hues,
    waiting: hues.map((hue) => mixed(hue, page, paleness)),
    edge: hues.map((hue) => mixed(hue, edge, strength)),
  };
}

/** A colour on the way from one `#rrggbb` to another. */
function mixed(from: string, to: string, share: number): string {
  const channel = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
  const mix = (at: number): string =>
    Math.round(channel(from, at) * (1 - share) + channel(to, at) * share)
      .toString(16)
      .padStart(2, '0');
  return `#${mix(1)}${mix(3)}${mix(5)}`;
}
