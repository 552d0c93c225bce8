/*
 * Reader of the file that microbench_runner writes (Faasm: src/runner/MicrobenchRunner.cpp), a line a call:
 *
 *   User,Function,Return value,Execution (us),Reset (us)
 *   demo,echo,0,12.3457,1.23457e+06
 *
 * Faasms before and after the one that times resets write no Reset column; some files have no header; files that were
 * joined have one in the middle. Numbers are C++ floats as streams print them: `1.23457e+06`, `nan`, `-nan`, `inf`. A
 * runner that crashed, or still writes, leaves half a last line. There is no input column: which line of the spec a row
 * belongs to is known from its place only (see session.ts).
 */

import { harmlessText } from '../util/terminal-text.ts';

/** A row or group of rows that says something else than a time. */
export interface ResultsRemark {
  /** `partial`: the last line has no end; `malformed`: a line that is no row; `time`: NaN and the like; `columns`: mixed forms. */
  readonly kind: 'partial' | 'malformed' | 'time' | 'zero' | 'columns' | 'empty';
  readonly message: string;
}

/** All rows of a results file as columns: some 30 bytes a row, the text is not kept. */
export interface Results {
  readonly rows: number;
  /** `user`, `func` of each id in `nameIds`. */
  readonly names: readonly { readonly user: string; readonly func: string }[];
  readonly nameIds: Int32Array;
  readonly returnValues: Int32Array;
  /** Microseconds; NaN for what is no time. */
  readonly runUs: Float64Array;
  /** Microseconds; NaN where the row has none. */
  readonly resetUs: Float64Array;
  /** Whether every row has a reset time. */
  readonly hasReset: boolean;
  /** What a person should know of this file, at most one remark a kind. */
  readonly remarks: readonly ResultsRemark[];
}

/** More than eleven days in one call: a broken clock, not a measurement. */
const LONGEST_US = 1e12;
const FIRST_CAPACITY = 1024;
const SHOWN_LINE = 60;

/** Reads a results file from chunks of its bytes, in one pass. Feed it `push`, then take `end`. */
export class ResultsReader {
  readonly #decoder = new TextDecoder();
  readonly #names: { user: string; func: string }[] = [];
  readonly #ids = new Map<string, number>();
  #rest = '';
  #line = 0;
  #rows = 0;
  #withReset = 0;
  #zeros = 0;
  #malformed: { count: number; first: string } | undefined;
  #badTimes: { count: number; first: string } | undefined;
  #nameIds = new Int32Array(FIRST_CAPACITY);
  #returnValues = new Int32Array(FIRST_CAPACITY);
  #runUs = new Float64Array(FIRST_CAPACITY);
  #resetUs = new Float64Array(FIRST_CAPACITY);

  push(bytes: Uint8Array): void {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      if (end < 0) break;
      this.#take(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
  }

  end(): Results {
    const last = this.#rest + this.#decoder.decode();
    // A whole row without a line break at the end of a file may still be half a number: 12.34 of 12.3457.
    const partial = last.trim() === '' ? undefined : last;
    return {
      rows: this.#rows,
      names: this.#names,
      nameIds: this.#nameIds.slice(0, this.#rows),
      returnValues: this.#returnValues.slice(0, this.#rows),
      runUs: this.#runUs.slice(0, this.#rows),
      resetUs: this.#resetUs.slice(0, this.#rows),
      hasReset: this.#rows > 0 && this.#withReset === this.#rows,
      remarks: this.#remarks(partial),
    };
  }

  #take(raw: string): void {
    this.#line += 1;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') return;
    const afterUser = line.indexOf(',');
    const afterFunc = line.indexOf(',', afterUser + 1);
    const afterValue = line.indexOf(',', afterFunc + 1);
    if (afterUser < 0 || afterFunc < 0 || afterValue < 0) {
      this.#reject(line);
      return;
    }
    const afterRun = line.indexOf(',', afterValue + 1);
    const value = line.slice(afterFunc + 1, afterValue);
    const returnValue = Number(value);
    if (value.trim() === '' || !Number.isInteger(returnValue)) {
      if (!isHeader(line)) this.#reject(line);
      return;
    }
    const hasReset = afterRun >= 0;
    const runText = hasReset ? line.slice(afterValue + 1, afterRun) : line.slice(afterValue + 1);
    const resetText = hasReset ? line.slice(afterRun + 1) : '';
    const runUs = timeOf(runText);
    const resetUs = hasReset ? timeOf(resetText) : Number.NaN;
    if (runUs === undefined || resetUs === undefined) {
      this.#reject(line);
      return;
    }
    if (Number.isNaN(runUs) || (hasReset && Number.isNaN(resetUs)))
      this.#badTimes = counted(this.#badTimes, `line ${this.#line}: ${excerpt(line)}`);
    if (runUs === 0) this.#zeros += 1;
    if (hasReset) this.#withReset += 1;
    this.#add(this.#idOf(line, afterUser, afterFunc), returnValue, runUs, resetUs);
  }

  #idOf(line: string, afterUser: number, afterFunc: number): number {
    const key = line.slice(line.charCodeAt(0) === 0xfeff ? 1 : 0, afterFunc);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#names.length;
    this.#names.push({
      user: line.slice(0, afterUser).trim(),
      func: line.slice(afterUser + 1, afterFunc).trim(),
    });
    this.#ids.set(key, id);
    return id;
  }

  #add(nameId: number, returnValue: number, runUs: number, resetUs: number): void {
    if (this.#rows === this.#nameIds.length) this.#grow();
    this.#nameIds[this.#rows] = nameId;
    this.#returnValues[this.#rows] = returnValue;
    this.#runUs[this.#rows] = runUs;
    this.#resetUs[this.#rows] = resetUs;
    this.#rows += 1;
  }

  #grow(): void {
    const capacity = this.#nameIds.length * 2;
    const wider = <T extends Int32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#nameIds = wider(this.#nameIds, new Int32Array(capacity));
    this.#returnValues = wider(this.#returnValues, new Int32Array(capacity));
    this.#runUs = wider(this.#runUs, new Float64Array(capacity));
    this.#resetUs = wider(this.#resetUs, new Float64Array(capacity));
  }

  #reject(line: string): void {
    this.#malformed = counted(this.#malformed, `line ${this.#line}: ${excerpt(line)}`);
  }

  #remarks(partial: string | undefined): ResultsRemark[] {
    const remarks: ResultsRemark[] = [];
    if (partial !== undefined)
      remarks.push({
        kind: 'partial',
        message: `the last line has no end (a runner crashed, or still writes); it was left out: ${excerpt(partial)}`,
      });
    if (this.#malformed !== undefined)
      remarks.push({
        kind: 'malformed',
        message: `${lines(this.#malformed.count)} no results and left out; the first is ${this.#malformed.first}`,
      });
    if (this.#badTimes !== undefined)
      remarks.push({
        kind: 'time',
        message: `${lines(this.#badTimes.count)} without a usable time (NaN, infinite, negative, or over eleven days); the first is ${this.#badTimes.first}`,
      });
    if (this.#zeros > 0)
      remarks.push({
        kind: 'zero',
        message: `${this.#zeros} of ${this.#rows} runs took 0 us: shorter than the runner's clock can tell`,
      });
    if (this.#withReset > 0 && this.#withReset < this.#rows)
      remarks.push({
        kind: 'columns',
        message: `${this.#withReset} of ${this.#rows} lines have a reset time: files of two forms were joined, so resets are left out`,
      });
    if (this.#rows === 0)
      remarks.push({
        kind: 'empty',
        message:
          this.#line === 0 && partial === undefined ? 'the file is empty' : 'there is no measured call in it',
      });
    return remarks;
  }
}

/** Reads a whole results file that is in memory or comes in pieces. */
export async function readResults(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Results> {
  const reader = new ResultsReader();
  for await (const chunk of chunks) reader.push(chunk);
  return reader.end();
}

/** A time in microseconds: NaN when it is no time, undefined when the text is no number. */
function timeOf(text: string): number | undefined {
  const value = Number(text);
  if (value >= 0 && value <= LONGEST_US) return text.trim() === '' ? undefined : value;
  if (!Number.isNaN(value)) return Number.NaN;
  // C++ prints these, and Number() does not read them.
  return /^\s*[-+]?(nan(\([^)]*\))?|inf(inity)?)\s*$/i.test(text) ? Number.NaN : undefined;
}

function isHeader(line: string): boolean {
  return /^\ufeff?\s*user\s*,\s*function\s*,/i.test(line);
}

function counted(
  before: { count: number; first: string } | undefined,
  displayName: string,
): { count: number; first: string } {
  return before === undefined
    ? { count: 1, first: displayName }
    : { count: before.count + 1, first: before.first };
}

/** The beginning of a line as it can be shown: what is no text is not sent to the terminal. */
function excerpt(line: string): string {
  return harmlessText(line.slice(0, SHOWN_LINE));
}

function lines(count: number): string {
  return count === 1 ? '1 line is' : `${count} lines are`;
}
