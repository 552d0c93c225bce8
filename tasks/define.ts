import { task as anyTask, type Params, type Task } from '../src/runner/define.ts';

export { namespace } from '../src/runner/define.ts';

/** A task of this tree: a parameter has the one-letter flag that it names, where `inv` has one, and no other. */
export function task<const P extends Params>(definition: Task<P>): Task<P> {
  return anyTask({ autoShort: false, ...definition });
}
