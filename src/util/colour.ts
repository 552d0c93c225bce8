import { styleText } from 'node:util';

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
