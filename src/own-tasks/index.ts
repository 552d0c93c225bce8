export { placeIn } from './find.ts';
export { type OwnSearch, withOwnTasks } from './own-tree.ts';
