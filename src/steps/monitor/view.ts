import type { Moment } from './watch.ts';

/** Who shows the moments: a live screen, a growing table, JSON lines, or nobody. */
export interface View {
  /** True when what it showed is gone at its end. */
  readonly isLive: boolean;
  begin(): void;
  show(moment: Moment): void;
  /** A line that the watched program printed. */
  programLine(line: string): void;
  /** Gives the terminal back; may be called twice. */
  end(): void | Promise<void>;
}
