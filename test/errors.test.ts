import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../src/errors.ts'

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')

describe('docs/errors.md', () => {
  it('explains each code of the library, and no other', () => {
    const explained = [...page.matchAll(/^## `(ERR_[A-Z_]+)`$/gm)].map(([, code]) => code)
    expect(explained.sort()).toEqual([...ERROR_CODES].sort())
  })

  it('says something about each', () => {
    for (const section of page.split(/^## /m).slice(1)) expect(section.length).toBeGreaterThan(80)
  })
})
