export { AnsibleOutput, type HostCounts, type TaskResult, tasksListed } from './ansible-output.ts';
export { byHand, byHandUndo, byHandUndoPcp } from './by-hand.ts';
export { type Distribution, readOsRelease } from './os-release.ts';
export { ansibleFolder, type PlaybookName, playbooks } from './playbooks.ts';
export {
  type NoteOfBefore,
  noteOfBefore,
  type PcpBefore,
  pcpBefore,
  readRoleDefaults,
} from './role-defaults.ts';
