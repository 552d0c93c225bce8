export { findOwnTasks } from './find.ts';
export { type OwnSearch, withOwnTasks } from './join.ts';
