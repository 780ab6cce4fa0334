import type { Codec } from '../../codecs/codec.ts'
import { auto } from '../../codecs/index.ts'
import { isCodec } from '../../codecs/is-codec.ts'
import type { Entry } from '../../entry/entry.ts'
import { EVERYTHING, keyScope, type Scope } from '../../entry/scope.ts'
import { TerraceError } from '../../errors.ts'
import { readOptions } from '../../options.ts'
import type { Parts } from '../parts.ts'
import { mayTakeValues } from '../warm/keep-known.ts'
import { type Ranked, rankingOf } from '../warm/ranking.ts'
import { aboutBody, keyBody, SavedEntries, scopesBody, standingBody } from './contents.ts'
import { type Sink, sinkTo } from './files.ts'
import { KIND, LONGEST_BODY, RecordWriter } from './records.ts'

/** Options of `save`. */
export interface SaveOptions {
  /** Seals the values: `encrypted(…)` keeps them from who reads the file. Default: `auto()`. */
  readonly codec?: Codec | undefined
}

/** What `save` has written. */
export interface SaveReport {
  /** Entries of level 1, or their keys. */
  readonly saved: number
  /** Entries that cannot be written, or not so that they come back as they are; or over 64 MB. */
  readonly skipped: number
  /** Whether the values are there: not where they would have to be read from a shared level anyway. */
  readonly values: boolean
}

/** Bytes gathered before they are written. */
const CHUNK = 256 * 1024
/** Invalidations of tags and prefixes during the saving that are told one by one. */
const MOST_SCOPES = 10_000

/** Writes what level 1 holds, the next to be evicted first. */
export async function save(parts: Parts, to: unknown, options: unknown): Promise<SaveReport> {
  const { codec = auto() } = readOptions('save', { codec: isCodec }, options)
  const { near, sized } = parts.levels[0]!.traits
  if (near === undefined || sized === undefined) {
    throw new TerraceError('ERR_UNSUPPORTED', 'save: level 1 is not in this process, or cannot list its keys')
  }
  const sink = await sinkTo(to, parts.world)
  try {
    const report = await new Saving(parts, codec, sink).run()
    await sink.end()
    return report
  } catch (error) {
    await sink.abort()
    throw error
  }
}

class Saving {
  readonly #parts: Parts
  readonly #codec: Codec
  readonly #sink: Sink
  readonly #writer: RecordWriter
  /** Keys that are in the file, and do not hold any more what it says of them. */
  readonly #outdated = new Set<string>()
  /** What else was invalidated meanwhile. */
  readonly #wide = new Map<string, Scope>()
  #keys: ReadonlySet<string> = new Set()
  #chunk: Uint8Array[] = []
  #bytes = 0
  #saved = 0
  #skipped = 0

  constructor(parts: Parts, codec: Codec, sink: Sink) {
    this.#parts = parts
    this.#codec = codec
    this.#sink = sink
    this.#writer = new RecordWriter(() => parts.world.random())
  }

  async run(): Promise<SaveReport> {
    const values = mayTakeValues(this.#parts)
    const { world, observers, turns } = this.#parts
    // What is invalidated from here on must not come back: the file says so at its end.
    const stop = values
      ? observers.add(
          (event) => {
            if (event.type === 'invalidated') this.#note(event.scopes)
            else if (event.type === 'set') for (const key of event.keys) this.#noteKey(key)
          },
          ['invalidated', 'set'],
        )
      : () => undefined
    try {
      // Of those that were called before, too.
      if (values) await turns.underWay
      const savedAt = world.wall()
      const entries = new SavedEntries(this.#codec, savedAt, savedAt - world.mono())
      const ranking = rankingOf(this.#parts.levels[0]!, '')!
      const ends = new Float64Array(values ? ranking.length : 0)
      if (values) this.#keys = new Set(ranking.map(({ key }) => key))
      this.#push(this.#writer.preamble)
      this.#record(
        KIND.about,
        aboutBody({ savedAt, count: ranking.length, mean: this.#mean(), name: this.#parts.plan.name }),
      )
      for (const [n, ranked] of ranking.entries()) {
        const entry = this.#one(ranked, ranking.length - 1 - n, values ? entries : undefined)
        if (values) ends[n] = entry?.deadline ?? 0
        if (this.#bytes >= CHUNK) await this.#flush()
      }
      await this.#flush()
      this.#checkOpen(ranking.length)
      if (values) this.#lookAgain(ranking, ends)
      const scopes = [...this.#wide.values(), ...[...this.#outdated].map(keyScope)]
      for (let at = 0; at < scopes.length; at += MOST_SCOPES) {
        this.#record(KIND.invalidated, scopesBody(scopes.slice(at, at + MOST_SCOPES)))
      }
      this.#record(KIND.end)
      await this.#flush()
    } finally {
      stop()
    }
    return { saved: this.#saved, skipped: this.#skipped, values }
  }

  /** @returns what there is to save; `undefined` where it has ended, or was invalidated by a tag */
  #one({ key, uses }: Ranked, rank: number, entries: SavedEntries | undefined): Entry | undefined {
    const entry = this.#parts.levels[0]!.entry(key)
    if (entry === undefined) return undefined
    const standing = standingBody({ rank, uses })
    const body = entries === undefined ? keyBody(key) : this.#sealed(entries, entry)
    if (body === undefined || body.length + standing.length > LONGEST_BODY) {
      this.#skipped++
      return entry
    }
    this.#saved++
    this.#record(entries === undefined ? KIND.key : KIND.entry, standing, body)
    return entry
  }

  #sealed(entries: SavedEntries, entry: Entry): Uint8Array | undefined {
    try {
      return entries.seal(entry)
    } catch {
      // It would not come back as it is: it is counted.
      return undefined
    }
  }

  /** Half of it must not take the place of an older file. */
  #checkOpen(ranked: number): void {
    const { closing, levels } = this.#parts
    if (closing === undefined || ranked === 0 || levels[0]!.traits.sized!.measure().size > 0) return
    throw new TerraceError('ERR_CLOSED', 'save: the cache was closed before all was saved')
  }

  #record(kind: number, ...body: readonly Uint8Array[]): void {
    this.#push(this.#writer.head(kind, ...body))
    for (const part of body) this.#push(part)
  }

  #push(bytes: Uint8Array): void {
    this.#chunk.push(bytes)
    this.#bytes += bytes.length
  }

  async #flush(): Promise<void> {
    const chunk = Buffer.concat(this.#chunk)
    this.#chunk = []
    this.#bytes = 0
    if (chunk.length > 0) await this.#sink.write(chunk)
  }

  #note(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      if (scope.kind === 'key') this.#noteKey(scope.key)
      else this.#wide.set(JSON.stringify(scope), scope)
    }
    if (this.#wide.size <= MOST_SCOPES) return
    this.#wide.clear()
    this.#wide.set('all', EVERYTHING)
  }

  #noteKey(key: string): void {
    if (this.#keys.has(key)) this.#outdated.add(key)
  }

  /** What has left level 1 by now, or ends sooner than it was to, for whatever reason, does not come back as it was. */
  #lookAgain(ranking: readonly Ranked[], ends: Float64Array): void {
    for (const [n, { key }] of ranking.entries()) {
      const entry = this.#parts.levels[0]!.entry(key)
      if (entry === undefined || entry.deadline < ends[n]!) this.#outdated.add(key)
    }
  }

  #mean(): number {
    const { bytes, size } = this.#parts.levels[0]!.traits.sized!.measure()
    return bytes === undefined || size === 0 ? Number.NaN : bytes / size
  }
}
