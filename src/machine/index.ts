export { AnsibleOutput, type HostCounts, type TaskResult, tasksListed } from './ansible-output.ts';
export { byHand, byHandUndo } from './by-hand.ts';
export { type Distribution, readOsRelease } from './os-release.ts';
export { ansibleFolder, type PlaybookName, playbooks } from './playbooks.ts';
export { type NoteOfBefore, noteOfBefore, readRoleDefaults } from './role-defaults.ts';
