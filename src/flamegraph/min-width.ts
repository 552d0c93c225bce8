import { UsageError } from '../util/errors.ts';

/** The narrowest frame that is drawn: pixels at the graph's own width, or per cent of the whole. */
export interface MinWidth {
  readonly value: number;
  readonly unit: 'px' | '%';
}

/** What flamegraph.pl omits unless told otherwise. */
export const defaultMinWidth: MinWidth = { value: 0.1, unit: 'px' };

/** Reads `0.1`, `0.1px` or `0.5%`; anything else is a usage error that names the flag's forms. */
export function parseMinWidth(text: string): MinWidth {
  const match = /^(\d+\.?\d*|\.\d+)(px|%)?$/.exec(text.trim());
  const value = Number(match?.[1]);
  const unit = match?.[2] === '%' ? '%' : 'px';
  if (match === null || (unit === '%' && value > 100)) {
    throw new UsageError(`cannot read the minimum width '${text}'`, {
      hints: ['Give pixels (0.1) or a share of all samples (0.5%).'],
    });
  }
  return { value, unit };
}
