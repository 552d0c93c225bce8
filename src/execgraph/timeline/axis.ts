interface Tick {
  readonly ms: number;
  readonly text: string;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 20, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * minute),
  ...[1, 2, 6, 12, 24, 48, 168, 720, 8760].map((count) => count * hour),
];

/** Round moments between two times, at most `most` of them, with words in the largest unit that fits their distance. */
export function ticks(fromMs: number, toMs: number, most: number): readonly Tick[] {
  const step = steps.find((each) => (toMs - fromMs) / each <= most) ?? toMs - fromMs;
  const all: Tick[] = [];
  for (let ms = Math.ceil(fromMs / step) * step; ms <= toMs; ms += step)
    all.push({ ms, text: tickText(ms, step) });
  return all;
}

function tickText(ms: number, step: number): string {
  if (ms < 0) return `−${tickText(-ms, step)}`;
  if (step < second)
    return ms < 10 * second ? `${ms} ms` : `${(ms / second).toFixed(step < 10 ? 3 : step < 100 ? 2 : 1)} s`;
  if (step < minute && ms < 10 * minute) return `${ms / second} s`;
  if (step < hour && ms < 10 * hour) {
    const rest = Math.round((ms % minute) / second);
    return `${Math.floor(ms / minute)} min${rest === 0 ? '' : ` ${rest} s`}`;
  }
  const rest = Math.round((ms % hour) / minute);
  return `${Math.floor(ms / hour)} h${rest === 0 ? '' : ` ${rest} min`}`;
}
