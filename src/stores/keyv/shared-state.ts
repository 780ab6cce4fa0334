import { EVERYTHING, type Scope } from '../../entry/scope.ts'
import type { Cancel, World } from '../../world/world.ts'
import { type FloorRecord, openRecord, packRecord } from './floor-record.ts'
import type { KeyvAdapter } from './keyv-adapter.ts'
import { SharedFloors } from './shared-floors.ts'

/** Own invalidations that may be on their way to the store before they count as one of everything. */
const MOST_UNSENT = 200

/**
 * Keeps the floors of this process and the one record of them in the store in step: reads it, merges,
 * and writes it where it lacks something.
 *
 * There is no compare-and-set, so of two processes that read the record before either writes it the later undoes the
 * other. Whoever wrote therefore looks again: one pulse later, and once more when nobody can be about to write any more
 * who had read the record before it was written, for both calls together have but so much time. A floor is lost if its
 * process ends before that and nobody else had read the record in between.
 */
export class SharedState {
  readonly #adapter: KeyvAdapter
  readonly #name: string
  readonly #world: World
  readonly #pulse: number
  readonly #patience: number
  readonly #origin: string
  readonly #tell: (learned: readonly Scope[]) => void
  #floors: SharedFloors | undefined
  /** What the record was when it was last read or written. */
  #lastBytes: Uint8Array | undefined
  #readAt = Number.NEGATIVE_INFINITY
  /** When the record was last written. */
  #wroteAt = Number.NEGATIVE_INFINITY
  /** When the last synchronisation began. */
  #askedAt = Number.NEGATIVE_INFINITY
  #unsent: readonly Scope[] = []
  #ids = 0
  /** Only the last synchronisation may write: one before it was given up. */
  #attempt = 0
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #cancel: Cancel | undefined
  #closed = false

  /**
   * @param pulse milliseconds for which what was read is believed
   * @param patience milliseconds after which a call of the store is given up
   * @param tell is told what others invalidated, before anything is judged by it
   */
  constructor(
    adapter: KeyvAdapter,
    name: string,
    world: World,
    { pulse, patience }: { readonly pulse: number; readonly patience: number },
    tell: (learned: readonly Scope[]) => void,
  ) {
    this.#adapter = adapter
    this.#name = name
    this.#world = world
    this.#pulse = pulse
    this.#patience = patience
    this.#origin = randomHex(world)
    this.#tell = tell
  }

  /** `undefined` before the record was first read. */
  get floors(): SharedFloors | undefined {
    return this.#floors
  }

  /** Resolves when what is known was asked for at most one pulse before this call; `undefined` if it was already. */
  fresh(): Promise<void> | undefined {
    const oldest = this.#world.mono() - this.#pulse
    if (this.#floors !== undefined && this.#readAt > oldest) return undefined
    // What is under way may be answered with what was there long ago.
    return this.#running !== undefined && this.#askedAt > oldest ? this.#running : this.#synchronise()
  }

  /** Reads the record now. */
  async prove(): Promise<void> {
    await this.#synchronise()
  }

  /** Makes floors of these scopes, at once in this process. Resolves when the record has them. */
  async raise(scopes: readonly Scope[], before: () => Promise<void>): Promise<void> {
    this.#unsent = together(this.#unsent, scopes)
    this.#floors?.raise(scopes, this.#world.mono())
    await before()
    await this.#synchronise()
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #lookAgain(after: number): void {
    if (this.#cancel !== undefined || this.#closed) return
    this.#cancel = this.#world.after(after, () => {
      this.#cancel = undefined
      // A failure here is met again by the next read.
      this.#world.background(
        this.#synchronise().catch(() => undefined),
        'reading the floors in a Keyv adapter again',
      )
    })
  }

  /** One that begins after this call: at once, or after the one under way. */
  #synchronise(): Promise<void> {
    if (this.#running === undefined) return this.#start()
    const begin = () => {
      this.#next = undefined
      // A reader may have begun one since.
      return this.#running ?? this.#start()
    }
    this.#next ??= this.#running.then(begin, begin)
    return this.#next
  }

  #start(): Promise<void> {
    const attempt = ++this.#attempt
    this.#askedAt = this.#world.mono()
    const running = this.#within(this.#run(attempt)).finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  /** A call that never ends must not be waited for by all that come after it. */
  #within(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error('the Keyv adapter did not answer'))
      const cancel = this.#world.after(this.#patience, late)
      work.then(resolve, reject).finally(cancel)
    })
  }

  async #run(attempt: number): Promise<void> {
    const asked = this.#world.mono()
    const bytes = await this.#adapter.get(this.#name)
    if (attempt !== this.#attempt) return
    const isAhead = this.#take(bytes)
    this.#readAt = asked
    if (!isAhead && this.#unsent.length === 0) {
      const patient = this.#wroteAt + this.#patience
      if (asked <= patient) this.#lookAgain(patient - this.#world.mono() + this.#pulse)
      return
    }
    const sent = this.#unsent
    this.#unsent = []
    const packed = packRecord(this.#floors!)
    this.#lastBytes = packed
    try {
      await this.#adapter.set(this.#name, packed, Number.POSITIVE_INFINITY)
    } catch (error) {
      this.#unsent = together(sent, this.#unsent)
      throw error
    } finally {
      this.#wroteAt = this.#world.mono()
      this.#lookAgain(this.#pulse)
    }
  }

  /** @returns whether more is known here than was read */
  #take(bytes: Uint8Array | undefined): boolean {
    if (bytes !== undefined && this.#lastBytes !== undefined && Buffer.compare(bytes, this.#lastBytes) === 0)
      return false
    const record = openRecord(bytes)
    this.#lastBytes = bytes
    if (this.#floors === undefined) return this.#begin(record)
    // The record is gone: evicted, or cleared by somebody. What is known here still holds. And of two that
    // began a record at the same time the greater name wins, so that nobody goes back to a reign.
    if (record === undefined || record.reign < this.#floors.reign) return true
    if (record.reign > this.#floors.reign) {
      // What was invalidated in the other reign is so in this one too.
      this.#unsent = together(this.#floors.scopes(), this.#unsent)
      this.#begin(record)
      this.#tell([EVERYTHING])
      return true
    }
    const { learned, isAhead } = this.#floors.merge(record, this.#world.mono())
    if (learned.length > 0) this.#tell(learned)
    return isAhead
  }

  #begin(record: FloorRecord | undefined): boolean {
    const nextId = () => `${this.#origin}.${++this.#ids}`
    // Who reads at all has read what was written a pulse ago; a call takes as long as one has patience.
    const settled = 2 * (this.#pulse + this.#patience)
    this.#floors = new SharedFloors(record?.reign ?? randomHex(this.#world), nextId, settled)
    if (record !== undefined) this.#floors.adopt(record)
    if (this.#unsent.length > 0) this.#floors.raise(this.#unsent, this.#world.mono())
    return record === undefined
  }
}

function together(earlier: readonly Scope[], later: readonly Scope[]): readonly Scope[] {
  return earlier.length + later.length > MOST_UNSENT ? [EVERYTHING] : [...earlier, ...later]
}

/** 16 hexadecimal digits. */
function randomHex(world: World): string {
  const half = () =>
    Math.floor(world.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return half() + half()
}
