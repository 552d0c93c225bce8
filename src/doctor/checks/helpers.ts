import { join } from 'node:path';
import type { Check, Finding } from '../check.ts';
import type { Host } from '../host.ts';
import { versionOf } from '../words.ts';

/** Programs that some tasks can use, and the shell's help with ours. */
export const helperChecks: readonly Check[] = [
  {
    id: 'gdb',
    title: 'gdb',
    needs: [],
    helps: ['build'],
    run: async (host) => await versionOf(host, 'gdb', ['gdb'], 'gdb, for debug.gdb'),
  },
  {
    id: 'valgrind',
    title: 'Valgrind',
    needs: [],
    helps: ['build'],
    run: async (host) => await versionOf(host, 'valgrind', ['valgrind'], 'valgrind, for debug.valgrind'),
  },
  { id: 'ansible', title: 'Ansible', needs: [], helps: ['profile', 'build', 'monitor'], run: ansible },
  {
    id: 'completion',
    title: 'Shell completion',
    needs: [],
    helps: ['profile', 'build', 'invoke', 'monitor'],
    run: completion,
  },
];

/** Asking Ansible for its version takes half a second: it is enough to know that it is there. */
async function ansible(host: Host): Promise<Finding> {
  const path = await host.which('ansible-playbook');
  return path === undefined
    ? {
        state: 'missing',
        found: 'not installed',
        wanted: 'ansible-playbook, for setup.perf and its like',
        fix: { kind: 'packages', names: ['ansible-core'] },
      }
    : { state: 'ok', found: path };
}

/** Where shells look for the completion of a program called tasks. */
async function completion(host: Host): Promise<Finding> {
  const data = host.env['XDG_DATA_HOME'] || join(host.home, '.local', 'share');
  const config = host.env['XDG_CONFIG_HOME'] || join(host.home, '.config');
  const places = [
    join(data, 'bash-completion/completions/tasks'),
    host.system('/usr/share/bash-completion/completions/tasks'),
    host.system('/etc/bash_completion.d/tasks'),
    join(host.home, '.zfunc/_tasks'),
    join(data, 'zsh/site-functions/_tasks'),
    host.system('/usr/local/share/zsh/site-functions/_tasks'),
    host.system('/usr/share/zsh/vendor-completions/_tasks'),
    join(config, 'fish/completions/tasks.fish'),
    host.system('/usr/share/fish/vendor_completions.d/tasks.fish'),
  ];
  for (const place of places) {
    if ((await host.facts(place))?.kind === 'file') return { state: 'ok', found: place };
  }
  return {
    state: 'missing',
    found: 'not installed',
    wanted: 'names of tasks, flags and choices on Tab',
    fix: { kind: 'command', argv: ['tasks', 'setup.completion', 'bash'] },
  };
}
