import { expect } from 'vitest'
import { terrace } from './terrace.ts'

/** The help of a verb names these flags, in lines that a terminal holds. */
export async function expectHelp(verb: string, flags: readonly string[]): Promise<void> {
  const { code, out, err } = await terrace(verb, '--help')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const flag of flags) expect(out).toContain(`--${flag}`)
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90)
}
