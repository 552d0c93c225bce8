import { styleText } from 'node:util';

// What a terminal does with characters: none of a name's may move the cursor, colour the screen or turn the text round.
const unsafe =
  /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]/gu;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const combining = /\p{Mn}|\p{Me}/u;

/** The text with everything replaced that a terminal would obey. */
export function harmlessText(text: string): string {
  return text.replace(unsafe, '\ufffd');
}

/** How many columns a text takes. Expects {@link harmlessText}. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += combining.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/** The text in exactly `columns` columns: filled with spaces, or cut with a mark in its middle. */
export function fitted(text: string, columns: number, mark: string): string {
  const own = columnsOf(text);
  if (own <= columns) return text + ' '.repeat(columns - own);
  if (columns <= mark.length) return mark.slice(0, Math.max(0, columns));
  const room = columns - mark.length;
  const head = firstColumns([...text], Math.ceil(room / 2));
  const tail = firstColumns([...text].reverse(), room - Math.ceil(room / 2));
  const short = `${head.join('')}${mark}${tail.reverse().join('')}`;
  return short + ' '.repeat(Math.max(0, columns - columnsOf(short)));
}

/** The text in at most `columns` columns, its end cut off with a mark where it is longer. */
export function shortened(text: string, columns: number, mark: string): string {
  if (columnsOf(text) <= columns) return text;
  return `${firstColumns([...text], Math.max(0, columns - mark.length))
    .join('')
    .trimEnd()}${mark}`;
}

function firstColumns(characters: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += columnsOf(character);
    if (used > columns) break;
    taken.push(character);
  }
  return taken;
}

/** Whether the terminal of this environment shows more than ASCII: POSIX's order of LC_ALL, LC_CTYPE, LANG. */
export function speaksUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => (value ?? '') !== '') ?? '';
  return /utf-?8/i.test(locale);
}

type Style = Parameters<typeof styleText>[0];
/** Styles text when colours are on, returns it unchanged when they are off. */
export type Paint = (style: Style, text: string) => string;

/** Colour for one stream: `NO_COLOR` and `FORCE_COLOR` first (no-color.org), else whether it is a terminal. */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const forced = env['FORCE_COLOR'];
  const isForced = forced !== undefined && forced !== '0' && forced !== 'false';
  const isBanned = (env['NO_COLOR'] ?? '') !== '' || forced === '0' || env['TERM'] === 'dumb';
  const colour = isForced || (stream.isTTY === true && !isBanned);
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}
