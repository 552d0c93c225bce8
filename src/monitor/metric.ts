/** How values of a metric follow each other (pmLookupDesc(3)). */
export type Semantics = 'counter' | 'instant' | 'discrete';

/** What pmcd says about one metric. */
export interface Metric {
  readonly name: string;
  /** Bits that its counter has before it begins again at 0. */
  readonly bits: 32 | 64;
  readonly isNumber: boolean;
  readonly semantics: Semantics;
  /** As pmcd writes them: `Kbyte`, `millisec`, `count / sec`, `none`. */
  readonly units: string;
  /** The name of its instance domain; undefined for a metric with one value. */
  readonly indom: string | undefined;
  /** One line of help. */
  readonly help: string;
}

/** The values of some metrics at one moment. */
export interface Snapshot {
  /** By the host's clock, milliseconds since 1970. */
  readonly timeMs: number;
  /** Metric name -> instance number (undefined without instances) -> value. What has no number is absent. */
  readonly values: ReadonlyMap<string, ReadonlyMap<number | undefined, number>>;
}
