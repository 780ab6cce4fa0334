import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VERBS } from '../../src/cli/verbs.ts'
import { start, terrace } from './terrace.ts'

describe('terrace', () => {
  it('tells how it is used: on request, or as an answer to nothing', async () => {
    const asked = await terrace('--help')
    expect(asked).toMatchObject({ code: 0, err: '' })
    expect(asked.out).toMatch(/^Usage: terrace VERB/)
    expect(await terrace('-h')).toEqual(asked)
    expect(await terrace()).toEqual({ code: 2, out: '', err: asked.out })
  })

  it('tells its version', async () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
    expect(await terrace('--version')).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' })
  })

  it('says in one line that its output cannot be written', () => {
    const full = openSync('/dev/full', 'w')
    const args = [join(import.meta.dirname, '../../src/cli/main.ts'), '--help']
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
    closeSync(full)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^terrace: cannot write the output: ENOSPC.*\n$/)
  })

  it('answers an unknown verb or flag in one line, with what was probably meant', async () => {
    const answers: [string[], string][] = [
      [['simulat'], "terrace: unknown verb 'simulat'. Did you mean 'simulate'?\n"],
      [['frobnicate'], "terrace: unknown verb 'frobnicate'. See --help.\n"],
      [['toString'], "terrace: unknown verb 'toString'. See --help.\n"],
      [['--versoin'], "terrace: unknown flag '--versoin'. Did you mean '--version'?\n"],
      [['simulate', '--polcy', 'lru', 'x'], "terrace: unknown flag '--polcy'. Did you mean '--policy'?\n"],
      [['simulate', '-x', 'y'], "terrace: unknown flag '-x'. See --help.\n"],
    ]
    for (const [args, err] of answers) expect(await terrace(...args)).toEqual({ code: 2, out: '', err })
  })

  it('lists every verb, and each tells all its flags, its exit codes or examples, within 90 columns', async () => {
    const { out } = await terrace('help')
    for (const [name, { summary, load }] of Object.entries(VERBS)) {
      expect(out).toMatch(new RegExp(`^  ${name} .*${summary.slice(0, 10)}`, 'm'))
      const { help, flags } = await load()
      expect(help).toMatch(new RegExp(`^Usage: terrace ${name}`))
      for (const flag of Object.keys(flags)) expect(help).toContain(`--${flag}`)
      expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90)
    }
    const first = Object.keys(VERBS)[0]!
    expect(await terrace('help', first)).toEqual(await terrace(first, '--help'))
  })

  it('prints a script with which bash completes verbs, flags and words', async () => {
    const { code, out, err } = await terrace('completion', 'bash')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const completed = (...words: string[]): string[] => {
      const line = words.map((word) => `'${word}'`).join(' ')
      const ask = `${out}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _terrace; printf '%s\\n' "\${COMPREPLY[@]}"`
      return spawnSync('bash', ['-c', ask], { encoding: 'utf8' }).stdout.trim().split('\n')
    }
    expect(completed('terrace', 'in')).toEqual(['inspect', 'invalidate'])
    expect(completed('terrace', 'top', '--o')).toEqual(['--once'])
    expect(completed('terrace', 'invalidate', 'redis://h', 'pr')).toEqual(['prefix'])
    expect(completed('terrace', 'completion', '')).toEqual(['bash', 'zsh'])
    expect(completed('terrace', 'completion', '--j')).toEqual(['--json'])
    expect(completed('terrace', 'inspect', './')).toEqual([''])
    const zsh = await terrace('completion', 'zsh')
    expect(zsh.out).toMatch(/^#compdef terrace\n/)
    for (const name of Object.keys(VERBS)) expect(zsh.out).toContain(`    ${name}) flags=(--`)
    const json = await terrace('completion', '--json')
    const { verbs } = JSON.parse(json.out)
    expect(verbs.map(({ name }: { readonly name: string }) => name)).toEqual(Object.keys(VERBS))
    expect(verbs).toContainEqual({
      name: 'completion',
      summary: VERBS.completion!.summary,
      flags: ['--json', '--help'],
      words: ['bash', 'zsh'],
    })
    expect((await terrace('completion', 'zsh', '--json')).out).toBe(json.out)
    expect((await terrace('completion', '--help')).out).toMatch(/^Examples:\n {2}source /m)
    const wrong = await terrace('completion', 'zhs')
    expect(wrong).toEqual({
      code: 2,
      out: '',
      err: "terrace: expected a shell (bash, zsh), got 'zhs'. Did you mean 'zsh'?\n",
    })
  })

  it('is content with a reader that goes away', async () => {
    const child = start('simulate', '--help')
    child.stdout!.destroy()
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0)
  })
})
