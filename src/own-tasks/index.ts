export { type OwnSearch, withOwnTasks } from './own-tree.ts';
