import { frameTest, patternProblem } from '../../flamegraph/search.ts';
import type { TreeFilters } from '../../import/import-profile.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import { type Filtered, type FrameTest, focused, hidden } from '../../stacks/filter.ts';
import { grouped, type ProcessGrouping } from '../../stacks/process.ts';
import { TaskError, UsageError } from '../../util/errors.ts';

/** Which stacks, and which of their frames, are looked at; the same flags in every task that reads a profile. */
export interface FilterArgs {
  readonly by?: ProcessGrouping | undefined;
  readonly focus: string | undefined;
  readonly hide: string | undefined;
  readonly kernel: boolean;
}

/** Whether anything is to be left out or grouped. */
export function isFiltered({ by, focus, hide, kernel }: FilterArgs): boolean {
  return by !== undefined || focus !== undefined || hide !== undefined || !kernel;
}

/** Checks the flags before any work. @throws UsageError for a broken regular expression. */
export function stackFilters(args: FilterArgs): TreeFilters {
  const { by } = args;
  const focus = termOf('focus', args.focus);
  const hide = termOf('hide', args.hide);
  return {
    needsThreads: by === 'process' || by === 'thread',
    apply: (tree, displayName, say) => {
      let at = by === undefined ? tree : groupedOrFail(tree, by, displayName);
      if (focus !== undefined) {
        const done = focused(at, focus);
        if (done.matchingSamples === 0) {
          throw new TaskError(`--focus=${args.focus} leaves nothing of ${displayName}: no function matches`, {
            hints: ['Case matters, [Mm]emcpy is both; tasks flame.top lists the names there are.'],
          });
        }
        say(`--focus=${args.focus} kept ${partOf(done, at)} of ${displayName}`);
        at = done.tree;
      }
      if (hide !== undefined) at = hideSaying(at, hide, `--hide=${args.hide}`, say);
      return args.kernel ? at : hideSaying(at, ({ kind }) => kind === 'kernel', '--no-kernel', say);
    },
  };
}

function hideSaying(tree: CallTree, test: FrameTest, flag: string, say: (text: string) => void): CallTree {
  const done = hidden(tree, test);
  say(
    done.matchingFrames === 0
      ? `${flag} matched no function`
      : `${flag} took ${count(done.matchingFrames, 'function')} out of the stacks of ${partOf(done, tree)}; what they took counts for their callers`,
  );
  return done.tree;
}

function termOf(flag: string, term: string | undefined): FrameTest | undefined {
  if (term === undefined) return undefined;
  if (term === '') {
    throw new UsageError(`--${flag} is empty, which would match everything`, {
      hints: [`For example: --${flag}='^std::'`],
    });
  }
  try {
    return frameTest(term);
  } catch (error) {
    throw new UsageError(`--${flag}=${term}: ${patternProblem(error)}`, {
      hints: [
        `To find it literally: --${flag}='${term.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}'`,
        'A kind alone (wasm, engine, native, kernel, unknown) means all of its functions.',
      ],
    });
  }
}

function groupedOrFail(tree: CallTree, by: ProcessGrouping, displayName: string): CallTree {
  const done = grouped(tree, by);
  if (done !== undefined) return done;
  const flag = by === 'thread' ? '--tid' : '--pid';
  throw new TaskError(`--by=${by}: ${displayName} does not tell one ${by} from another`, {
    hints: [`Fold the recording with tasks flame.fold perf.data ${flag}, or give the recording itself.`],
  });
}

function partOf({ matchingSamples }: Filtered, tree: CallTree): string {
  const all = tree.selfSamples.reduce((sum, samples) => sum + samples, 0);
  return `${matchingSamples} of ${count(all, 'sample')}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
