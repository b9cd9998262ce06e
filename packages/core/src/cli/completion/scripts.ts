/** How a program is asked for what completes a command line; its one other argument is the line up to the cursor. */
export const ASK_COMPLETIONS = "--get-completions";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The shell that a completion script is for: the one named, else the user's own, else bash. */
export function shellOf(named: string | undefined, loginShell: string | undefined): Shell | undefined {
  if (named !== undefined) return SHELLS.find((shell) => shell === named);
  return SHELLS.find((shell) => loginShell?.endsWith(`/${shell}`) === true) ?? "bash";
}

/** A script that makes a shell ask the program itself; put into the shell's start-up file. */
export function completionScript(program: string, shell: Shell): string {
  return SCRIPTS[shell](program, `_${program.replaceAll("-", "_")}_complete`);
}

const SCRIPTS: Readonly<Record<Shell, (program: string, name: string) => string>> = {
  // bash's own word ($2) begins behind the last = : or @; what stands before it is taken off the candidates.
  bash: (program, name) => `# ${program} completion for bash; put this into ~/.bashrc:
#   source <(${program} completion bash)
${name}() {
  local kind current head line
  COMPREPLY=()
  compopt -o nosort 2>/dev/null
  {
    IFS=$'\\t' read -r kind current || return 0
    head=\${current%"$2"}
    while IFS=$'\\t' read -r line _; do
      COMPREPLY+=("\${line#"$head"}")
    done
  } < <("$1" ${ASK_COMPLETIONS} "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  if [[ $kind == files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do
      COMPREPLY+=("$line")
    done < <(compgen -f -- "$2")
  fi
  if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[=:,] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F ${name} ${program}
`,
  zsh: (program, name) => `#compdef ${program}
# ${program} completion for zsh; put this into ~/.zshrc, below compinit:
#   source <(${program} completion zsh)
${name}() {
  local -a lines found shown open
  local line
  lines=("\${(@f)$("$words[1]" ${ASK_COMPLETIONS} "\${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)lines[2,-1]}"; do
    [[ -n $line ]] || continue
    if [[ "\${line%%$'\\t'*}" == *: ]]; then
      open+=("\${line%%$'\\t'*}")
      continue
    fi
    found+=("\${line%%$'\\t'*}")
    shown+=("\${line%%$'\\t'*}  \${line#*$'\\t'}")
  done
  (( \${#found} )) && compadd -V ${program} -l -d shown -a found
  (( \${#open} )) && compadd -V ${program}-lists -S '' -a open
  [[ $lines[1] == files* ]] && _files
  return 0
}
if [ "$funcstack[1]" = "_${program}" ]; then
  ${name}
else
  compdef ${name} ${program}
fi
`,
  fish: (program, name) => `# ${program} completion for fish; put this into ~/.config/fish/config.fish:
#   ${program} completion fish | source
function ${name}
    set -l lines (${program} ${ASK_COMPLETIONS} (commandline -cp | string collect) 2>/dev/null)
    test (count $lines) -gt 1; and printf '%s\\n' $lines[2..-1]
    string match -q 'files*' -- $lines[1]; and __fish_complete_path (commandline -ct)
end
complete -c ${program} -f -a '(${name})'
`,
};
