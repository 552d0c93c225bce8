import { at } from '../util/indexed.ts';

/**
 * What a shown number measures, after conversion to base units: bytes, seconds, and per second of them. `percent` is a share
 * of 100; a time that grows by seconds per second is a share too (1 s/s is one processor all the time).
 */
export type Quantity =
  | 'bytes'
  | 'bytes/s'
  | 'seconds'
  | 'percent'
  | 'count'
  | 'count/s'
  | 'number'
  | 'number/s';

/** How to turn a metric's values into a quantity: multiply by the factor, after the rate was taken where there is one. */
export interface Measure {
  readonly quantity: Quantity;
  readonly factor: number;
}

const bytes: Readonly<Record<string, number>> = {
  byte: 1,
  Kbyte: 2 ** 10,
  Mbyte: 2 ** 20,
  Gbyte: 2 ** 30,
  Tbyte: 2 ** 40,
  Pbyte: 2 ** 50,
  Ebyte: 2 ** 60,
};
const seconds: Readonly<Record<string, number>> = {
  nanosec: 1e-9,
  microsec: 1e-6,
  millisec: 1e-3,
  sec: 1,
  min: 60,
  hour: 3600,
};

/**
 * Reads pmcd's unit strings (pmUnitsStr(3): `Kbyte`, `millisec`, `count / sec`, `/ sec`, `count x 10^3`). A counter's measure is
 * that of its rate. What is neither space, time, nor count, alone or per time, is a plain number.
 */
export function measureOf(units: string, isCounter: boolean): Measure {
  const [above = '', below, ...rest] = units.split('/').map((part) => part.trim());
  const perTime = below === undefined ? undefined : seconds[below];
  if (rest.length > 0 || (below !== undefined && perTime === undefined)) return plain(isCounter);
  // A rate of a rate has no unit that a person would read.
  if (perTime !== undefined && isCounter) return plain(true);
  const isRate = isCounter || perTime !== undefined;
  const per = 1 / (perTime ?? 1);
  const space = bytes[above];
  if (space !== undefined) return { quantity: isRate ? 'bytes/s' : 'bytes', factor: space * per };
  const time = seconds[above];
  if (time !== undefined)
    return isRate ? { quantity: 'percent', factor: 100 * time * per } : { quantity: 'seconds', factor: time };
  const count = /^count(?: x 10\^(-?\d+))?$/.exec(above);
  if (count !== null)
    return { quantity: isRate ? 'count/s' : 'count', factor: 10 ** Number(count[1] ?? 0) * per };
  return { quantity: isRate ? 'number/s' : 'number', factor: per };
}

function plain(isCounter: boolean): Measure {
  return { quantity: isCounter ? 'number/s' : 'number', factor: 1 };
}

const binarySteps = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const decimalSteps = ['', 'k', 'M', 'G', 'T'] as const;

/** A quantity for people, three digits and a unit: `7.41 GiB`, `23.4 %`, `1.2 k/s`. */
export function formatQuantity(value: number, quantity: Quantity): string {
  switch (quantity) {
    case 'bytes':
      return stepped(value, 1024, binarySteps);
    case 'bytes/s':
      return `${stepped(value, 1024, binarySteps)}/s`;
    case 'percent':
      return `${digits(value)} %`;
    case 'seconds':
      return `${digits(value)} s`;
    case 'count/s':
    case 'number/s':
      return `${stepped(value, 1000, decimalSteps).trim()}/s`;
    default:
      if (Number.isInteger(value) && Math.abs(value) < 1000) return String(value);
      return stepped(value, 1000, decimalSteps).trim();
  }
}

function stepped(value: number, base: number, names: readonly string[]): string {
  let [scaled, step] = [value, 0];
  while (Math.abs(scaled) >= base * 0.9995 && step < names.length - 1) {
    scaled /= base;
    step += 1;
  }
  return `${digits(scaled)} ${at(names, step)}`;
}

/** Three digits where the number has them. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size < 0.005) return '0';
  if (size < 9.995) return value.toFixed(2);
  return size < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
