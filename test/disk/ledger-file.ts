import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFrame } from '../../src/entry/frame.ts'
import type { Scope } from '../../src/entry/scope.ts'
import type { SetAside } from '../../src/stores/disk/sqlite-file.ts'
import { SqliteLedger, type SqliteLedgerOptions } from '../../src/stores/disk/sqlite-ledger.ts'
import type { Kept, Step, Terms } from '../../src/stores/ledger.ts'
import type { World } from '../../src/world/world.ts'
import { type Draft, FOREVER, framed } from '../ledger/steps.ts'

/** A folder of its own; `remove` takes it away with all that is in it. */
export function folder(): { readonly at: (...names: string[]) => string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'terrace-disk-'))
  return { at: (...names) => join(path, ...names), remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A ledger in a file, with short words for what is asked of it. */
export class LedgerFile {
  readonly ledger: SqliteLedger
  readonly setAside: SetAside[] = []
  readonly #world: World
  #links = 0

  constructor(world: World, options: SqliteLedgerOptions) {
    this.#world = world
    this.ledger = new SqliteLedger({ ...options, onSetAside: (event) => this.setAside.push(event) }, world)
  }

  now(): Promise<Step> {
    return this.ledger.sync(0, undefined)
  }

  terms(over: Partial<Terms> = {}): Terms {
    const link = (++this.#links).toString(16).padStart(12, '0')
    return { notAfter: this.#world.wall() + 60_000, origin: '1'.repeat(16), link, reign: '0'.repeat(16), ...over }
  }

  set(key: string, value: number | string, over: Partial<Draft> = {}): Promise<Kept> {
    const draft = { key, value, ttl: FOREVER, tags: [], version: undefined, ...over }
    return this.ledger.replace(0, [framed(draft, FOREVER, '')], this.terms())
  }

  async count(key: string): Promise<number> {
    const draft = { key, value: 1, ttl: FOREVER, tags: [], version: undefined }
    const { frame } = await this.ledger.increment(0, framed(draft, FOREVER, ''), 1, undefined, this.terms())
    return Number(valueIn(frame))
  }

  raise(...scopes: Scope[]): Promise<Step> {
    return this.ledger.raise(0, scopes, this.terms())
  }

  async values(...keys: string[]): Promise<(string | number | undefined)[]> {
    return (await this.ledger.get(keys)).map(valueIn)
  }

  async keys(prefix = ''): Promise<string[]> {
    const keys: string[] = []
    for await (const key of this.ledger.keys(prefix)) if (key !== undefined) keys.push(key)
    return keys
  }
}

function valueIn(bytes: Uint8Array | undefined): string | number | undefined {
  const frame = bytes && openFrame(bytes)
  if (frame === undefined) return undefined
  return frame.codec === 1 ? Buffer.from(frame.payload).readDoubleLE() : Buffer.from(frame.payload).toString()
}
