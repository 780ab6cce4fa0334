import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
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

  it('is content with a reader that goes away', async () => {
    const child = start('simulate', '--help')
    child.stdout!.destroy()
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0)
  })
})
