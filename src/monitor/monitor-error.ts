import { ExitCode, TaskError } from '../util/errors.ts';

/**
 * What went wrong between here and the metrics: `unreachable`: no pmproxy answers; `no-pmcd`: pmproxy does, but not its pmcd;
 * `not-pmproxy`: something else listens there; `refused`: pmproxy answered with a refusal; `metric`: a name it does not know.
 */
export type MonitorTrouble = 'unreachable' | 'no-pmcd' | 'not-pmproxy' | 'refused' | 'metric';

/** A failure to get metrics, told apart so that a view can wait for the host to come back. */
export class MonitorError extends TaskError {
  readonly trouble: MonitorTrouble;

  constructor(
    trouble: MonitorTrouble,
    message: string,
    options: { readonly hints?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, { ...options, exitCode: trouble === 'metric' ? ExitCode.usage : ExitCode.machine });
    this.trouble = trouble;
  }

  /** True when the same question may be answered later. */
  get isPassing(): boolean {
    return this.trouble === 'unreachable' || this.trouble === 'no-pmcd' || this.trouble === 'refused';
  }
}
