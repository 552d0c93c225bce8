import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TaskContext } from '../../runner/index.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { homeFolder } from '../../util/home.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

// The scripts hand the line to `tasks --complete`, which knows tasks, flags and choices; where it has nothing to say the
// shell completes file names.

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_tasks_complete() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}" line="\${COMP_LINE:0:COMP_POINT}"
  local -a words
  IFS=$' \\t' read -r -a words <<<"$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  local found prefix=""
  found=$(tasks --complete -- "\${words[@]}" 2>/dev/null)
  # Readline takes the part behind "=" for the word.
  [[ "\${words[-1]}" == *=* && "$COMP_WORDBREAKS" == *=* ]] && prefix="\${words[-1]%%=*}="
  COMPREPLY=()
  local word
  for word in $found; do COMPREPLY+=("\${word#"$prefix"}"); done
}
complete -o default -F _tasks_complete tasks
`,
  zsh: `#compdef tasks
_tasks() {
  local -a found
  found=(\${(f)"$(tasks --complete -- "\${(@)words[1,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -Q -- "\${found[@]}"; else _files; fi
}
compdef _tasks tasks
`,
  fish: `function __tasks_complete
    set -l words (commandline -opc) (commandline -ct)
    tasks --complete -- $words 2>/dev/null
end
complete -c tasks -a '(__tasks_complete)'
`,
};

/** What makes a shell ask `tasks` for candidates. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

/** `setup.completion`: puts the shell's script where that shell looks for it, in the user's own folders. */
export async function installCompletion(
  { shell }: { readonly shell: Shell },
  context: TaskContext,
): Promise<void> {
  const path = placeOf(shell, context.env);
  if (context.dry) return context.output.emit({ event: 'note', text: `writes ${path}` });
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, SCRIPTS[shell], context.signal);
  const hint = shell === 'zsh' ? ' (its folder must be in $fpath before compinit)' : '';
  context.output.result(`${path}: completion for ${shell}, from the next shell on${hint}`, { path, shell });
}

function placeOf(shell: Shell, env: TaskContext['env']): string {
  const home = homeFolder(env);
  const data = env['XDG_DATA_HOME'] || join(home, '.local', 'share');
  switch (shell) {
    case 'bash':
      return join(data, 'bash-completion', 'completions', 'tasks');
    case 'zsh':
      return join(data, 'zsh', 'site-functions', '_tasks');
    default:
      return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'fish', 'completions', 'tasks.fish');
  }
}
