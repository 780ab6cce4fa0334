import type { Codec } from '../../codecs/codec.ts'
import { auto } from '../../codecs/index.ts'
import { isCodec } from '../../codecs/is-codec.ts'
import type { Entry } from '../../entry/entry.ts'
import type { Scope } from '../../entry/scope.ts'
import { checkPlain, flag, readOptions } from '../../options.ts'
import { ground } from '../ground.ts'
import { wholeSpace } from '../keyspace.ts'
import type { Parts } from '../parts.ts'
import { keepKnown, mayTakeValues, replayUses } from '../warm/keep-known.ts'
import { MOST_KEYS, readWarmOptions, type WarmCall, type WarmOptions } from '../warm/options.ts'
import type { Ranked } from '../warm/ranking.ts'
import { WarmCounts, type WarmReport } from '../warm/report.ts'
import { Room } from '../warm/room.ts'
import { warmKeys } from '../warm/warm-keys.ts'
import { type About, readAbout, readKey, readScopes, readStanding, SavedEntries } from './contents.ts'
import { type Bytes, bytesIn, openFile, sourceOf } from './files.ts'
import { Outdated } from './outdated.ts'
import { KIND, RecordReader, type SavedRecord } from './records.ts'

/** Options of `restore`. Those of `warm` are for keys whose values are not taken from the file. */
export interface RestoreOptions<V = unknown> extends Omit<WarmOptions<V>, 'prefix'> {
  /** Must read what the codec of `save` wrote. Default: `auto()`. */
  readonly codec?: Codec | undefined
  /** Whether the file stays where it is. Default: `false`, for what it says is only true once. */
  readonly keep?: boolean | undefined
}

/** What `restore` has done. */
export interface RestoreReport extends WarmReport {
  /** Whether there was a file, and of ours. */
  readonly found: boolean
  /** Whether it was whole, to its end. */
  readonly complete: boolean
  /** Records, or stretches of the file, that could not be read. */
  readonly damaged: number
  /** When it was saved, in milliseconds since the Unix epoch; `undefined` where that is not known. */
  readonly savedAt: number | undefined
}

/** Entries kept in one turn. */
const A_TURN = 500
/** The wall clock may have been set back by so many milliseconds; by more, and nobody knows how much time has passed. */
const SLACK = 60_000

/** Brings back into level 1 what `save` wrote. */
export async function restore(parts: Parts, from: unknown, options: unknown): Promise<RestoreReport> {
  if (options !== undefined) checkPlain('restore', options)
  const { codec, keep, ...rest } = (options ?? {}) as RestoreOptions
  const own = readOptions('restore', { codec: isCodec, keep: flag }, { codec, keep })
  const call = readWarmOptions('restore', rest)
  const source = sourceOf(from)
  if (typeof source !== 'string') return new Restoring(parts, own.codec ?? auto(), call).run(bytesIn(source), undefined)
  const file = await openFile(source, own.keep !== true)
  if (file === undefined) return new Restoring(parts, own.codec ?? auto(), call).report
  try {
    // What was invalidated while it was saved stands at its end.
    const outdated = await outdatedIn(file.bytes())
    return await new Restoring(parts, own.codec ?? auto(), call).run(file.bytes(), outdated)
  } finally {
    await file.close()
  }
}

async function outdatedIn(bytes: Bytes): Promise<Outdated> {
  const reader = new RecordReader()
  const outdated = new Outdated()
  for await (const chunk of bytes) {
    for (const { kind, body } of reader.take(chunk)) if (kind === KIND.invalidated) outdated.add(readScopes(body) ?? [])
  }
  return outdated
}

class Restoring {
  readonly #parts: Parts
  readonly #codec: Codec
  readonly #call: WarmCall
  readonly #reader = new RecordReader()
  readonly #counts = new WarmCounts(0)
  readonly #takesValues: boolean
  #about: About | undefined
  #entries: SavedEntries | undefined
  /** How many of the hottest are taken. */
  #room = 0
  #isUntimed = false
  #isComplete = false
  #damaged = 0
  #waiting: Entry[] = []
  readonly #uses: Ranked[] = []
  /** Keys whose values have to be looked for, and their places. */
  readonly #keys = new Map<string, number>()

  constructor(parts: Parts, codec: Codec, call: WarmCall) {
    this.#parts = parts
    this.#codec = codec
    this.#call = call
    this.#takesValues = mayTakeValues(parts)
  }

  get report(): RestoreReport {
    const { isForeign, damaged } = this.#reader
    return {
      ...this.#counts.report,
      found: this.#about !== undefined,
      complete: this.#isComplete,
      damaged: isForeign ? 1 : damaged + this.#damaged,
      savedAt: this.#about?.savedAt,
    }
  }

  /** @param known what was invalidated while this was saved, where that is known before */
  async run(bytes: Bytes, known: Outdated | undefined): Promise<RestoreReport> {
    const outdated = known ?? new Outdated()
    for await (const chunk of bytes) {
      for (const record of this.#reader.take(chunk)) {
        if (record.kind !== KIND.invalidated) this.#take(record, outdated)
        else if (known === undefined) this.#learn(record, outdated)
        if (this.#waiting.length >= A_TURN) await this.#keep()
      }
      if (this.#call.signal?.aborted === true || this.#parts.closing !== undefined) break
    }
    this.#reader.end()
    await this.#keep()
    if (known === undefined) await this.#forget(outdated.scopes)
    if (this.#keys.size > 0) await this.#warm()
    replayUses(this.#parts, this.#uses)
    return this.report
  }

  #learn({ body }: SavedRecord, outdated: Outdated): void {
    const scopes = readScopes(body)
    if (scopes === undefined) this.#damaged++
    else outdated.add(scopes)
  }

  #take({ kind, body }: SavedRecord, known: Outdated): void {
    if (kind === KIND.about) this.#begin(body)
    else if (kind === KIND.end) this.#isComplete = this.#reader.damaged === 0
    else if (this.#about !== undefined && (kind === KIND.entry || kind === KIND.key)) this.#takeOne(kind, body, known)
    else this.#damaged++
  }

  #begin(body: Buffer): void {
    const about = readAbout(body)
    if (about === undefined || this.#about !== undefined) {
      this.#damaged++
      return
    }
    const { world, levels } = this.#parts
    const now = world.wall()
    this.#about = about
    this.#isUntimed = now < about.savedAt - SLACK
    this.#entries = new SavedEntries(this.#codec, about.savedAt, Math.max(now, about.savedAt) - world.mono())
    this.#room = Math.min(this.#call.most, new Room(levels[0]!, about.mean > 0 ? about.mean : undefined).left)
  }

  #takeOne(kind: number, body: Buffer, known: Outdated): void {
    const standing = readStanding(body)
    const entry = kind === KIND.entry ? this.#entries!.open(body) : undefined
    const key = kind === KIND.entry ? entry?.key : readKey(body)
    if (standing === undefined || key === undefined) {
      this.#damaged++
      return
    }
    this.#counts.left++
    if (standing.rank >= this.#room) return
    if (entry === undefined || !this.#takesValues) {
      if (this.#keys.size < Math.min(this.#room, MOST_KEYS)) this.#keys.set(key, standing.rank)
    } else if (known.covers(entry) || (this.#isUntimed && Number.isFinite(entry.deadline))) {
      this.#counts.count('refused')
    } else {
      this.#waiting.push(entry)
      if (standing.uses > 0) this.#uses.push({ key, uses: standing.uses })
    }
  }

  async #keep(): Promise<void> {
    const some = this.#waiting
    this.#waiting = []
    if (some.length === 0) return
    await keepKnown(this.#parts, some, this.#counts)
    this.#call.onProgress?.(this.#counts.report)
  }

  /** A stream has told only at its end what must not have come back. */
  async #forget(scopes: readonly Scope[]): Promise<void> {
    if (scopes.length === 0 || !this.#takesValues) return
    ground(this.#parts, scopes)
    await this.#parts.levels[0]!.raise(scopes)
  }

  /** The hottest first. */
  async #warm(): Promise<void> {
    const parts = this.#parts
    const keys = [...this.#keys].sort(([, a], [, b]) => a - b).map(([key]) => key)
    const { warmed, present, missing, failed, refused } = await warmKeys(
      parts,
      keys,
      wholeSpace(parts.plan),
      this.#call,
    )
    this.#counts.add({ warmed, present, missing, failed, refused })
  }
}
