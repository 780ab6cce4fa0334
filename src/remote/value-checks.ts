import { type Entry, withValue } from '../entry/entry.ts'
import type { Finding } from '../entry/finding.ts'
import { PrefixIndex } from '../entry/prefix-index.ts'
import { type Checked, checkValue, type StandardSchema, tooLate } from '../entry/standard-schema.ts'
import type { CacheEvent } from '../events.ts'
import type { World } from '../world/world.ts'

/** The longest a schema that waits for something is waited for, in milliseconds. */
const LONGEST = 1000

type Some = readonly (Entry | undefined)[]

/**
 * What comes into this process from outside, held against the schema of its namespace. A value of the wrong shape
 * counts as absent, so that it is fetched and written anew; one of the right shape is served as the schema makes
 * it. Nothing is awaited unless a schema does.
 */
export class ValueChecks {
  readonly #schemas = new PrefixIndex<StandardSchema>()
  readonly #world: World
  readonly #tell: (event: Extract<CacheEvent, { readonly type: 'mismatched' }>) => void

  constructor(world: World, tell: (event: Extract<CacheEvent, { readonly type: 'mismatched' }>) => void) {
    this.#world = world
    this.#tell = tell
  }

  /** Whether there is any schema. */
  get any(): boolean {
    return this.#schemas.size > 0
  }

  /** From now on values whose keys begin so are checked. */
  add(prefix: string, schema: StandardSchema): void {
    this.#schemas.set(prefix, schema)
  }

  /** Entries that came from `level` as they may be served; `undefined` in the place of those that may not. */
  arrived(level: string, entries: Some): Some | Promise<Some> {
    let waits = false
    const checked = entries.map((entry) => {
      const one = entry && this.arrivedOne(level, entry)
      if (one instanceof Promise) waits = true
      return one
    })
    return waits ? Promise.all(checked) : (checked as Some)
  }

  /** {@link ValueChecks.arrived} for one. Never rejects. */
  arrivedOne(level: string, entry: Entry): Entry | undefined | Promise<Entry | undefined> {
    const schema = entry.found ? this.#schemas.find(entry.key) : undefined
    if (schema === undefined) return entry
    const checked = checkValue(schema, entry.value)
    if (!(checked instanceof Promise)) return this.#judged(level, entry, checked)
    return this.#inTime(checked).then((late) => this.#judged(level, entry, late))
  }

  /** What was found for a person to read, who is told whether it fits. No event tells of it. */
  async found(finding: Finding): Promise<Finding> {
    const { entry, flaw } = finding
    const schema = entry?.found === true && flaw === undefined ? this.#schemas.find(entry.key) : undefined
    if (schema === undefined) return finding
    const checked = checkValue(schema, entry!.value)
    const judged = checked instanceof Promise ? await this.#inTime(checked) : checked
    if (judged.ok) return { ...finding, entry: withValue(entry!, judged.value) }
    return { ...finding, flaw: `it does not fit the schema of its namespace: ${judged.issues}` }
  }

  #judged(level: string, entry: Entry, checked: Checked): Entry | undefined {
    if (checked.ok) return checked.value === entry.value ? entry : withValue(entry, checked.value)
    this.#tell({ type: 'mismatched', key: entry.key, level, issues: checked.issues })
    return undefined
  }

  #inTime(checked: Promise<Checked>): Promise<Checked> {
    const late = Promise.withResolvers<Checked>()
    const cancel = this.#world.after(LONGEST, () => late.resolve(tooLate(LONGEST)), true)
    return Promise.race([checked, late.promise]).finally(cancel)
  }
}
