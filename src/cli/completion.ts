import { jsonText } from '../printable.ts'
import { CommandError } from './command-error.ts'
import { requireWord } from './flag-values.ts'
import type { Flags } from './flags.ts'
import type { ListedVerb, Verb } from './verb.ts'

const HELP = `Usage: terrace completion bash | zsh

Prints a script with which the shell completes verbs and flags. It is for ~/.bashrc, or
for ~/.zshrc after compinit; or for a file of its own, which zsh finds in a folder of
$fpath as _terrace.

  --json              print what it completes instead, of no shell or of any: verbs, with
                      their flags and words
  -h, --help          show this

Examples:
  source <(terrace completion bash)
  terrace completion bash > /etc/bash_completion.d/terrace
  source <(terrace completion zsh)
  terrace completion zsh > ~/.zsh/functions/_terrace
  terrace completion --json
`

const SHELLS = ['bash', 'zsh'] as const

/** Every verb, by its name. */
type Verbs = Readonly<Record<string, ListedVerb>>

/** `terrace completion`, of these verbs. */
export function completionVerb(verbs: Verbs): Verb {
  return { help: HELP, flags: { json: 'switch', help: 'switch' }, words: SHELLS, run: (flags) => run(flags, verbs) }
}

async function run(flags: Flags, verbs: Verbs): Promise<number> {
  const [shell, ...more] = flags.rest
  if (more.length > 0) throw CommandError.usage('completion takes one shell: bash or zsh')
  const isJson = flags.has('json')
  const known = shell === undefined && isJson ? undefined : requireWord(shell, SHELLS, 'a shell')
  const all = await completed(verbs)
  if (isJson) process.stdout.write(`${jsonText({ verbs: all }, 2)}\n`)
  else process.stdout.write(known === 'bash' ? bashScript(all) : zshScript(all))
  return 0
}

/** What a shell has to know of a verb. */
interface Completed {
  readonly name: string
  readonly summary: string
  readonly flags: readonly string[]
  readonly words: readonly string[]
}

async function completed(all: Verbs): Promise<Completed[]> {
  return Promise.all(
    Object.entries(all).map(async ([name, { summary, load }]) => {
      const { flags, words = [] } = await load()
      return { name, summary, flags: Object.keys(flags).map((flag) => `--${flag}`), words }
    }),
  )
}

function bashScript(verbs: readonly Completed[]): string {
  const cases = verbs.map(({ name, flags, words }) => {
    return `    ${name}) flags='${flags.join(' ')}' words='${words.join(' ')}' ;;\n`
  })
  return `# bash completion for terrace
_terrace() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flags='' words=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${verbs.map(({ name }) => name).join(' ')} --help --version' -- "$cur"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('')}  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
# Where there is nothing to offer: names of files.
complete -o default -F _terrace terrace
`
}

function zshScript(verbs: readonly Completed[]): string {
  const list = verbs.map(
    ({ name, summary }) => `    '${name}:${summary.replaceAll("'", "'\\''").replaceAll(':', '\\:')}'\n`,
  )
  const cases = verbs.map(({ name, flags, words }) => {
    return `    ${name}) flags=(${flags.join(' ')}); names=(${words.join(' ')}) ;;\n`
  })
  return `#compdef terrace
# zsh completion for terrace
_terrace() {
  local -a verbs flags names
  verbs=(
${list.join('')}  )
  if ((CURRENT == 2)); then
    if [[ $words[2] == -* ]]; then
      compadd -- --help --version
    else
      _describe -t verbs verb verbs
    fi
    return
  fi
  case $words[2] in
${cases.join('')}  esac
  if [[ $words[CURRENT] == -* ]]; then
    compadd -- $flags
  else
    # Where there is nothing to offer: names of files.
    compadd -- $names || _files
  fi
}
if [[ $funcstack[1] == _terrace ]]; then
  _terrace "$@"
else
  compdef _terrace terrace
fi
`
}
