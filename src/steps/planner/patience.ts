/** The longest time that a timer can hold: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** How long to wait for a call: as told, else for as long as it takes. */
export function patienceMs(timeoutSeconds: number | undefined): number {
  return timeoutSeconds === undefined ? LONGEST_MS : Math.min(LONGEST_MS, timeoutSeconds * 1000);
}
