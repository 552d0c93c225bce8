import { placeText, type SourcePlace } from '../../util/source-place.ts';
import { columnsOf, harmlessText } from '../../util/terminal-text.ts';

const WIDEST_NAME = 60;

/** Lines `symbol = name` with a column that says where each function is declared; without a place, the line as it is. */
export function withPlaces(text: string, placeOf: (symbol: string) => SourcePlace | undefined): string {
  const lines = text.split('\n').slice(0, -1);
  const widths = lines.map((line) => columnsOf(harmlessText(line)));
  const column = Math.max(0, ...widths.filter((width) => width <= WIDEST_NAME));
  const displayName = lines.map((line, i) => {
    const place = placeOf(line.slice(0, line.indexOf(' = ')));
    if (place === undefined) return line;
    return `${line}${' '.repeat(Math.max(0, column - (widths[i] ?? 0)))}  ${harmlessText(placeText(place))}`;
  });
  return displayName.map((line) => `${line}\n`).join('');
}
