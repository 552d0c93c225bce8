/**
 * Reads the time of a /fetch answer from its text, where its fraction still has all digits. pmproxy 6 writes seconds, a point and
 * the *number* of nanoseconds without leading zeros (6.0.3: `1795331718.93706300` is 0.0937 s, not 0.937 s), which a tenth of all
 * answers suffers from; pmproxy 5 writes six digits, microseconds, padded.
 */
export class TimestampReader {
  #isNanoseconds = false;

  /** Milliseconds since 1970; undefined where the text has no time. */
  readMs(text: string): number | undefined {
    const match = /"timestamp":\s*(\d+)(?:\.(\d+))?\s*[,}]/.exec(text);
    if (match === null) return undefined;
    const [, seconds = '', fraction = ''] = match;
    // Six digits or less are nanoseconds only by one chance in a thousand; a longer fraction before told who writes.
    this.#isNanoseconds ||= fraction.length > 6;
    const fractionMs = this.#isNanoseconds ? Number(fraction) / 1e6 : Number(`0.${fraction}`) * 1000;
    return Number(seconds) * 1000 + fractionMs;
  }
}
