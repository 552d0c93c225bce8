/** Where a parameter of a recorded task is not what it was, on purpose. docs/differences.md says it to users. */
export interface ParameterDifference {
  readonly name: string;
  /** Full names of tasks. */
  readonly task: RegExp;
  /** As typed, without dashes. */
  readonly parameter: string;
  /** Its default is another, its letter is that of another parameter, or it is a flag of the program. */
  readonly what: 'default' | 'letter' | 'program';
  /** The letter that was its own. */
  readonly letter?: string;
  readonly reason: string;
}

export const parameterDifferences: readonly ParameterDifference[] = [
  {
    name: 'a build type from the settings',
    task: /^dev\.(cmake|tools)$/,
    parameter: 'build',
    what: 'default',
    reason: 'without the flag the settings say, and without them it is Debug',
  },
  {
    name: 'a sanitiser from the settings',
    task: /^dev\.(cmake|tools)$/,
    parameter: 'sanitiser',
    what: 'default',
    reason: 'without the flag the settings say, and without them it is None',
  },
  {
    name: '--debug of the program',
    task: /^invoke\.invoke$/,
    parameter: 'debug',
    what: 'program',
    reason: '--debug is about failures, as everywhere; --dry prints the request',
  },
  {
    name: '-r is --trace',
    task: /^tests\.tests$/,
    parameter: 'repeats',
    what: 'letter',
    letter: 'r',
    reason: 'two trees gave the letter to two flags; it is as in the newest, where --repeats is -p',
  },
];
