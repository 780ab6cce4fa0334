import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VERBS } from '../../src/cli/verbs.ts'
import { terrace } from './terrace.ts'

/**
 * Makes a zsh one that answers ^X with all that it would offer at the end of the line in the file `line`. What
 * only asks which words match (`-A`, `-D`, `-O`) offers nothing.
 */
const ANSWERING = `
compadd() {
  local -a matching
  if [[ " \${@[1,(i)(-|--)]} " != *' -'[ADO]' '* ]]; then
    builtin compadd -A matching "$@"
    offered+=($matching)
  fi
  builtin compadd "$@"
}
zle -C everything list-choices _main_complete
ask() {
  BUFFER=$(<line) CURSOR=1000 offered=()
  zle everything
  BUFFER=
  print -r -- "<<$offered>>"
}
zle -N ask
bindkey '^X' ask
print '<<begun>>'
`

/** A zsh on a terminal of its own, asked for each line given; prints an answer each. */
const ASKING = `
zmodload zsh/zpty
zpty asked zsh -f -i
zpty -w asked "source ./$1"
zpty -r asked told '*<<*>>*'
shift
for line; do
  print -r -- "$line" >line
  zpty -w -n asked $'\\x18'
  zpty -r asked told '*<<*>>*'
  told=\${told##*<<}
  print -r -- "\${told%%>>*}"
done
zpty -d asked
`

const hasZsh = spawnSync('zsh', ['--version']).status === 0
if (!hasZsh) console.warn('NOT TESTED: zsh is not installed, so nobody knows whether it takes our completion.')

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'terrace-completion-'))
  mkdirSync(join(folder, 'functions'))
  writeFileSync(join(folder, 'bash'), (await terrace('completion', 'bash')).out)
  writeFileSync(join(folder, 'functions/_terrace'), (await terrace('completion', 'zsh')).out)
  writeFileSync(join(folder, 'trace.csv'), 'key\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What zsh offers at the end of each line, after it has read `setup`. */
function offered(setup: string, lines: readonly string[]): string[][] {
  writeFileSync(join(folder, 'setup'), `autoload -Uz compinit\n${setup}\n${ANSWERING}`)
  const args = ['-f', '-c', ASKING, 'zsh', 'setup', ...lines]
  const { stdout, stderr, status } = spawnSync('zsh', args, { cwd: folder, encoding: 'utf8', timeout: 20_000 })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const answers = stdout.trimEnd().split('\n')
  expect(answers).toHaveLength(lines.length)
  return answers.map((answer) => answer.split(' ').toSorted())
}

const ASKED: readonly (readonly [string, readonly string[]])[] = [
  ['terrace ', Object.keys(VERBS).toSorted()],
  ['terrace in', ['inspect', 'invalidate']],
  ['terrace --', ['--help', '--version']],
  ['terrace top --o', ['--once']],
  ['terrace invalidate redis://h ', ['all', 'key', 'namespace', 'prefix', 'tag']],
  ['terrace invalidate redis://h pr', ['prefix']],
  ['terrace completion ', ['bash', 'zsh']],
  ['terrace simulate tr', ['trace.csv']],
]

describe.runIf(hasZsh)('zsh', () => {
  const lines = ASKED.map(([line]) => line)
  const answers = ASKED.map(([, answer]) => answer)

  it('completes verbs, flags, words and files, the script sourced after compinit', () => {
    expect(offered('compinit -D; source functions/_terrace', lines)).toEqual(answers)
  })

  it('and as _terrace in a folder of fpath', () => {
    expect(offered('fpath=($PWD/functions $fpath); compinit -D', lines)).toEqual(answers)
  })
})

it('bash has it for terrace, with names of files where there is nothing to offer', () => {
  const { stdout } = spawnSync('bash', ['--norc', '-c', 'source ./bash; complete -p'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(stdout).toBe('complete -o default -F _terrace terrace\n')
})
