import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { NO_TAGS } from '../../src/entry/entry.ts'
import { UNCHECKED } from '../../src/entry/era.ts'
import type { Level } from '../../src/level.ts'
import { disk } from '../../src/levels/disk.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { folder } from './ledger-file.ts'

const { at, remove } = folder()
afterAll(remove)

const FOREVER = Number.POSITIVE_INFINITY
const KEYS = Array.from({ length: 200 }, (_, n) => `user:${n}`)
let opened = 0

function open(path: string): Level {
  return disk({ path })({ name: 'disk', world: new FakeWorld(++opened) })
}

function contentOf(key: string): unknown {
  return { key, text: key.repeat(40) }
}

function entry(key: string, born: number) {
  return { key, found: true, value: contentOf(key), born, deadline: FOREVER, tags: NO_TAGS, version: undefined }
}

/** A file with entries, floors and a log. */
async function wholeFile(): Promise<Buffer> {
  const level = open(at('whole.db'))
  await level.replace(KEYS.map((key) => entry(key, UNCHECKED)))
  for (let n = 0; n < 50; n++)
    await level.raise([
      { kind: 'tag', tag: `t${n}` },
      { kind: 'prefix', prefix: `p${n}` },
    ])
  await level.close()
  return readFileSync(at('whole.db'))
}

/** What was done to a file: bytes written over, here and there, and perhaps its end cut off. */
const mutation = fc.record({
  blocks: fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.uint8Array({ minLength: 1, maxLength: 64 })),
    {
      maxLength: 12,
    },
  ),
  keep: fc.oneof(
    { weight: 5, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  ),
})

it('a damaged file never yields a wrong value, an endless call or a level that stays broken', async () => {
  const whole = await wholeFile()
  let lost = 0
  await fc.assert(
    fc.asyncProperty(mutation, async ({ blocks, keep }) => {
      const bytes = Buffer.from(whole)
      for (const [place, block] of blocks) bytes.set(block, Math.floor(place * (bytes.length - block.length)))
      const path = at(`mutated-${opened}`, 'cache.db')
      mkdirSync(dirname(path))
      writeFileSync(path, bytes.subarray(0, Math.floor(keep * bytes.length)))

      let level: Level
      try {
        level = open(path)
      } catch (cause) {
        // Not to be told from the database of somebody else.
        expect(cause).toMatchObject({ code: 'ERR_OPTION_INVALID' })
        return
      }
      for (const key of KEYS) {
        const found = await level.read([key]).then(
          ({ entries }) => entries[0],
          () => undefined,
        )
        if (found === undefined) lost++
        else expect(found.value).toEqual(contentOf(key))
      }
      for await (const key of listed(level)) expect(key === undefined || typeof key === 'string').toBe(true)
      for (let n = 0; n < 3; n++) await level.replace(KEYS.map((key) => entry(key, UNCHECKED))).catch(() => undefined)
      const { entries } = await level.read(KEYS)
      expect(entries.map((each) => each?.value)).toEqual(KEYS.map(contentOf))
      await level.close()
    }),
    { numRuns: 40 },
  )
  expect(lost).toBeGreaterThan(0)
})

async function* listed(level: Level): AsyncGenerator<string | undefined> {
  try {
    yield* level.traits.scans!.keys('')
  } catch {
    // A listing that meets the damage fails, and is begun again on the new file.
  }
}
