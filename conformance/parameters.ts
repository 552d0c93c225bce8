/** Where a parameter of a recorded task is not what it was, on purpose. docs/differences.md says it to users. */
export interface ParameterDifference {
  readonly name: string;
  /** Full names of tasks. */
  readonly task: RegExp;
  /** As typed, without dashes. */
  readonly parameter: string;
  /** Its default or its letter is another, or it is a flag of the program. */
  readonly what: 'default' | 'letter' | 'program';
  /** The letter that was its own. */
  readonly letter?: string;
  readonly reason: string;
}

export const parameterDifferences: readonly ParameterDifference[] = [
  {
    name: 'debug of a call',
    task: /^invoke\.invoke$/,
    parameter: 'debug',
    what: 'program',
    reason: '--debug and -d are flags of every task: how it went wrong inside',
  },
  {
    name: 'a build type from the settings',
    task: /^dev\.(cmake|tools)$/,
    parameter: 'build',
    what: 'default',
    reason: 'without --build the settings say it, and without them it is Debug',
  },
  {
    name: 'a sanitiser from the settings',
    task: /^dev\.(cmake|tools)$/,
    parameter: 'sanitiser',
    what: 'default',
    reason: 'without --sanitiser the settings say it, and without them it is None',
  },
  {
    name: '-r of tests',
    task: /^tests\.tests$/,
    parameter: 'repeats',
    what: 'letter',
    letter: 'r',
    reason: 'the newer tree has -r for --trace and -p for --repeats; the older one had -r for --repeats',
  },
];
