import type { Check } from '../check.ts';

const WANTED = '20.19 or newer';

/** The Node that runs us, and every embedded program. */
export const nodeChecks: readonly Check[] = [
  {
    id: 'node',
    title: 'Node',
    needs: ['profile', 'build', 'invoke', 'monitor'],
    helps: [],
    run: async () => {
      const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
      const isEnough = major > 20 || (major === 20 && minor >= 19);
      const found = `${process.versions.node} (${process.execPath})`;
      return isEnough
        ? { state: 'ok', found }
        : {
            state: 'broken',
            found,
            wanted: WANTED,
            fix: { kind: 'advice', text: 'Install a newer one: https://nodejs.org/en/download' },
          };
    },
  },
];
