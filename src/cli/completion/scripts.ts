/** The shells whose completion is known. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/**
 * Bash divides words at colons too, of which device names have many: what stands before the last colon is on the line already and must
 * not be offered again.
 */
const bash = `# Completion of lampfield for bash. Load it with: source <(lampfield completion bash)
_lampfield() {
  local line="\${COMP_LINE:0:COMP_POINT}" at
  local word="\${line##*[[:space:]]}"
  COMPREPLY=()
  while IFS= read -r at; do COMPREPLY+=("$at"); done < <("$1" complete -- "$line" 2>/dev/null)
  if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local before="\${word%"\${word##*:}"}"
    for at in "\${!COMPREPLY[@]}"; do COMPREPLY[at]="\${COMPREPLY[at]#"$before"}"; done
  fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
  return 0
}
complete -F _lampfield lampfield
`

const zsh = `#compdef lampfield
# Completion of lampfield for zsh. Load it with: source <(lampfield completion zsh)
_lampfield() {
  local -a found
  found=("\${(@f)$("\${words[1]}" complete -- "\${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  compadd -S '' -- "\${(@M)found:#*/}"
  compadd -- "\${(@)found:#*/}"
}
if [[ \${funcstack[1]} == _lampfield ]]; then _lampfield "$@"; else compdef _lampfield lampfield; fi
`

const fish = `# Completion of lampfield for fish. Load it with: lampfield completion fish | source
function __lampfield_complete
  lampfield complete -- (commandline -cp) 2>/dev/null
end
complete -c lampfield -f -a '(__lampfield_complete)'
`

/** What a shell is to read so that it completes this program's command lines; each asks the program itself. */
export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
