import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Locked {
  readonly version: string
  readonly optionalDependencies?: Record<string, string>
}

// Where a registry does not offer the packages of some platforms, npm leaves them out of the lock
// file, and then refuses to install from it: a fresh clone could not start.
describe('the lock file', () => {
  for (const file of ['package-lock.json', 'bench/package-lock.json']) {
    it(`knows the packages of every platform: ${file}`, () => {
      const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
      const { packages } = JSON.parse(text) as { packages: Record<string, Locked> }
      const missing: string[] = []
      for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
        for (const name of Object.keys(optionalDependencies)) {
          if (!(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages)) missing.push(name)
        }
      }
      expect(Object.keys(packages).length).toBeGreaterThan(10)
      expect(missing).toEqual([])
    })
  }
})
