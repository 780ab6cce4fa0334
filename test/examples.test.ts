import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../examples/', import.meta.url))

/** Lines an example must print; an example that is not named here need only succeed. */
const lines: Record<string, readonly string[]> = {
  'two-level.ts': [
    "true { name: 'Alice' }",
    'fetched user:1 into L2, then L1    L1 ["user:1"]  L2 ["user:1"]',
    'put hello into L1 only             L1 ["user:1","hello"]  L2 ["user:1"]',
    'user:1 is in L2: promoted to L1    L1 ["user:2","user:1"]  L2 ["user:2","user:1"]',
    '{ found: false, data: undefined }',
    'Error: database down',
    '6 requests, hits by level 0 and 1, 4 fetches',
  ],
  'quick-start.ts': [
    '100 callers, price 30, source asked 1 time(s)',
    'after the change: price 25, source asked 2 times',
    'product:2 found: false, source asked 3 times',
    'peek: 25',
  ],
  'namespaces.ts': ['Ada ordered one of 12', 'left: 11', 'keys: stock:1, users:1'],
}

describe('examples', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    it(`${file} runs and says what it should`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [folder + file], { encoding: 'utf8' })
      expect(stderr).toBe('')
      expect(status).toBe(0)
      for (const line of lines[file] ?? []) expect(stdout.split('\n')).toContain(line)
    })
  }

  it('that are named here are there', () => {
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(Object.keys(lines)))
  })
})
