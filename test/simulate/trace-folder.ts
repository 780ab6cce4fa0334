import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for trace files that is gone after the test. */
export class TraceFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'terrace-traces-'))

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name)
    writeFileSync(path, content)
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Numbers as a `.u32` file holds them. */
export function u32(keys: readonly number[]): Buffer {
  const bytes = Buffer.alloc(keys.length * 4)
  for (const [i, key] of keys.entries()) bytes.writeUInt32LE(key, i * 4)
  return bytes
}

/** A skewed sequence of numbers below `distinct`, the same every time. */
export function skewedKeys(length: number, distinct: number): number[] {
  let state = 7
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) ** 3 * distinct)
  })
}
