import { open } from 'node:fs/promises'
import { constants, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zstdFrameEnd } from '../../src/simulate/zstd-frame.ts'
import { TraceFolder } from './trace-folder.ts'

/** Content that makes blocks of all kinds: stored, repeated and compressed, one or many. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 0, maxLength: 3000 }),
      fc.integer({ min: 1, max: 400_000 }).map((length) => Buffer.alloc(length, 'a')),
      fc.integer({ min: 1, max: 9000 }).map((length) => Buffer.alloc(length, 'user:1 user:22 user:333 ')),
    ),
    { maxLength: 4 },
  )
  .map((parts) => Buffer.concat(parts))

describe('the end of a zstd frame', () => {
  it('is found without unpacking it, with and without a checksum, and missed where the file is cut short', async () => {
    await fc.assert(
      fc.asyncProperty(content, fc.nat(1), fc.nat(50), fc.nat(), async (plain, checksum, before, cut) => {
        using folder = new TraceFolder()
        const frame = zstdCompressSync(plain, { params: { [constants.ZSTD_c_checksumFlag]: checksum } })
        const whole = Buffer.concat([Buffer.alloc(before, 7), frame, Buffer.alloc(20, 7)])
        const endIn = async (bytes: Buffer): Promise<number> => {
          await using file = await open(folder.file('x.zst', bytes))
          return await zstdFrameEnd(file, before)
        }
        expect(await endIn(whole)).toBe(before + frame.length)
        const length = before + 4 + (cut % (frame.length - 4))
        expect(await endIn(whole.subarray(0, length))).toBeGreaterThan(length)
      }),
      { numRuns: 150 },
    )
  })
})
