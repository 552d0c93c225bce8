import type { SaidValue } from './setting-layers.ts';

/**
 * The value where it is right at a glance: a path, an address. undefined asks for the schema, whose loading would cost
 * a call of a function more time than everything else it starts with.
 */
export function plainValue({ key, value }: SaidValue): string | number | undefined {
  switch (key) {
    case 'checkout':
    case 'buildDir':
    case 'installDir':
    case 'localDir':
      return typeof value === 'string' && value.length > 0 ? value : undefined;
    case 'plannerHost':
    case 'invokeHost':
    case 'uploadHost':
      return typeof value === 'string' && /^[\w.:-]+$/.test(value) ? value : undefined;
    case 'plannerPort':
    case 'invokePort':
    case 'uploadPort': {
      const isPort = typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 65_535;
      return isPort ? value : undefined;
    }
    default:
      return undefined;
  }
}
