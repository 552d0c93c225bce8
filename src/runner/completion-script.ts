import { SHELL_VARIABLE } from './completion-reply.ts';

/** The shells whose Tab key we know. */
export const completionShells = ['bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof completionShells)[number];

// Each script hands the line to `tasks --complete`, which knows tasks, flags and values, and does with the answer what only
// the shell can: completing paths beside it, inserting, showing help. They stay silent whatever goes wrong.

const SCRIPTS: Readonly<Record<CompletionShell, string>> = {
  bash: `# bash completion for tasks; made by \`tasks setup.completion bash\`
_tasks_complete() {
  local program=tasks line first=1
  [[ $1 == */tasks ]] && program=\${1/#\\~/$HOME}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $first ]]; then
      COMPREPLY+=("$line")
      continue
    fi
    first=
    # Options of readline for this one word; older bashes have no compopt.
    case $line in
      none) compopt +o default 2>/dev/null ;;
      nospace) compopt +o default -o nospace 2>/dev/null ;;
    esac
  done < <(${SHELL_VARIABLE}=bash "$program" --complete -- "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
}
complete -o default -F _tasks_complete tasks
`,
  zsh: `#compdef tasks
# zsh completion for tasks; made by \`tasks setup.completion zsh\`
_tasks() {
  local program=tasks
  local -a reply found
  [[ $words[1] == */tasks ]] && program=\${words[1]/#\\~/$HOME}
  reply=("\${(@f)$(${SHELL_VARIABLE}=zsh $program --complete -- tasks "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  [[ -n $reply[2] ]] && compset -P 1 '*='
  found=("\${(@)reply[3,-1]}")
  local result=1
  (( \${#found} )) && _describe tasks found && result=0
  case $reply[1] in
    files) _files && result=0 ;;
    folders) _files -/ && result=0 ;;
  esac
  return result
}
if [[ $funcstack[1] == _tasks ]]; then _tasks "$@"; else compdef _tasks tasks; fi
`,
  fish: `# fish completion for tasks; made by \`tasks setup.completion fish\`
function __tasks_complete
    set -l words (commandline -opc)
    set -l program tasks
    string match -q '*/tasks' -- $words[1]; and set program $words[1]
    set -l token (commandline -ct)
    # Quotes that are still open cannot be taken off; what stands behind them is what is typed.
    set -l current (string unescape -- $token; or string replace -r '^["\\']' '' -- $token)
    set -l reply (env ${SHELL_VARIABLE}=fish $program --complete -- tasks $words[2..] "$current" 2>/dev/null)
    string join \\n -- $reply[3..]
    switch "$reply[1]"
        case files
            __tasks_paths __fish_complete_path "$current" "$reply[2]"
        case folders
            __tasks_paths __fish_complete_directories "$current" "$reply[2]"
    end
end
function __tasks_paths -a complete current head
    set -l typed (string sub -s (math (string length -- "$head") + 1) -- "$current")
    for path in ($complete "$typed")
        echo -- "$head$path"
    end
end
complete -c tasks -f -a '(__tasks_complete)'
`,
};

/** The script that makes a shell complete `tasks`; to be sourced, or put where the shell looks for it. */
export function completionScript(shell: CompletionShell): string {
  return SCRIPTS[shell];
}
