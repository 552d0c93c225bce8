// How Invoke makes values of words, and how the recordings write them down.

export type Kind = 'str' | 'int' | 'float' | 'bool' | 'list' | 'dict';

/** A word that Python cannot make the wanted value of. */
export class NotAValue extends Error {}

/** The value of a word, in the recordings' notation. */
export function castTo(kind: Kind, word: string): unknown {
  switch (kind) {
    case 'int':
      return int(word);
    case 'float':
      return float(word);
    case 'dict':
      if (word !== '') throw new NotAValue(word);
      return { $dict: {} };
    default:
      return word;
  }
}

/** A value of a task file in the recordings' notation. */
export function formatValue(value: unknown, kind: Kind): unknown {
  if (kind === 'float' && typeof value === 'number') return { $float: formatFloat(value) };
  if (kind === 'dict' && typeof value === 'object' && value !== null) return { $dict: value };
  return value ?? null;
}

/** Floats that JSON has no number for are written as words. */
export function formatFloat(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

function int(word: string): unknown {
  const match = /^\s*([+-]?)(\d+(?:_\d+)*)\s*$/.exec(word);
  if (match === null) throw new NotAValue(word);
  const exact = BigInt((match[2] ?? '').replaceAll('_', '')) * (match[1] === '-' ? -1n : 1n);
  const value = Number(exact);
  return Number.isSafeInteger(value) ? value : { $int: String(exact) };
}

function float(word: string): unknown {
  const text = word.trim().toLowerCase();
  const digits = '\\d+(?:_\\d+)*';
  const form = new RegExp(`^[+-]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:e[+-]?${digits})?$`);
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(text);
  if (special !== null) {
    if (special[2] === 'nan') return { $float: 'nan' };
    return { $float: special[1] === '-' ? '-inf' : 'inf' };
  }
  if (!form.test(text)) throw new NotAValue(word);
  return { $float: formatFloat(Number(text.replaceAll('_', ''))) };
}
