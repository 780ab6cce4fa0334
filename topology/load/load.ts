import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Item } from '../database/database.ts'
import { PATIENCE, SHOP } from '../plan.ts'
import { APP_HEADER, type Written } from '../wire/app-answers.ts'
import { ask } from '../wire/ask.ts'
import type { Phase } from './phase.ts'
import type { Verifier } from './verifier.ts'
import { Zipf } from './zipf.ts'

/** Milliseconds between two looks at what is due. */
const TICK = 10
/** Reads that wait for an answer at the same time, at most. */
const MOST_WAITING = 2000
/** One write for so many reads, on average. */
const READS_A_WRITE = 50
/** One in so many categories is of items whose copies are replaced, never removed: see the shop's `Change`. */
const REPLACED = 3
/** Of the writes to the others: those that remove one item. The rest changes a whole category, by its tag. */
const DELETES = 0.75
const TRIES = 8
const PAUSE = 250

/** Seconds until the full rate is reached, as traffic is let on to new servers; and the part of it that it begins with. */
const RAMP = 4
const START = 0.2

/** How many seconds of the full rate have been due so many seconds after the beginning. */
function fullSeconds(elapsed: number): number {
  const ramp = Math.min(elapsed, RAMP)
  return START * ramp + ((1 - START) * ramp ** 2) / (2 * RAMP) + Math.max(0, elapsed - RAMP)
}

export interface LoadOptions {
  /** The load balancer. */
  readonly base: string
  /** Reads a second. */
  readonly rate: number
  readonly random: () => number
  readonly verifier: Verifier
  /** The phase that a request belongs to which begins now. */
  readonly phase: () => Phase
}

/**
 * Sends reads and writes through the load balancer at a fixed rate, whether those before were answered or
 * not: so a part that hangs is met by as many readers as would meet it.
 */
export class Load {
  readonly #options: LoadOptions
  readonly #items: Zipf
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_WAITING })
  readonly #waiting = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #sent = 0
  #reading = 0
  readonly #gone = new AbortController()

  constructor(options: LoadOptions) {
    this.#options = options
    this.#items = new Zipf(SHOP.items, options.random)
  }

  begin(): void {
    const began = performance.now()
    this.#timer = setInterval(() => {
      const due = this.#options.rate * fullSeconds((performance.now() - began) / 1000)
      for (; this.#sent < due; this.#sent++) {
        this.#keep(this.#read())
        // By chance: a load balancer that takes turns would send every fiftieth to the same app server.
        if (this.#options.random() < 1 / READS_A_WRITE) this.#keep(this.#write())
      }
    }, TICK)
  }

  /** Sends nothing more, and waits for what is under way. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    this.#gone.abort()
    while (this.#waiting.size > 0) await Promise.all(this.#waiting)
    this.#agent.destroy()
  }

  #keep(work: Promise<void>): void {
    this.#waiting.add(work)
    void work.then(() => this.#waiting.delete(work))
  }

  async #read(): Promise<void> {
    const { base, verifier } = this.#options
    const phase = this.#options.phase()
    if (this.#reading >= MOST_WAITING) {
      phase.unsent++
      return
    }
    const id = this.#items.next()
    this.#reading++
    const began = performance.now()
    try {
      const { status, headers, text } = await ask(this.#agent, base, 'GET', `/items/${id}`, PATIENCE)
      const took = performance.now() - began
      if (status !== 200) {
        return phase.failed(`item ${id}: status ${status} after ${Math.round(took)} ms: ${inOneLine(text)}`)
      }
      const { version, body } = JSON.parse(text) as Item
      phase.answered(took, verifier.judge({ id, version, body, by: String(headers[APP_HEADER]), began }))
    } catch (error) {
      phase.failed(`item ${id}: ${error instanceof Error ? error.message : error}`)
    } finally {
      this.#reading--
    }
  }

  /** A write that is not answered may have been done or not: it is asked for again, as whoever needs it would. */
  async #write(): Promise<void> {
    const phase = this.#options.phase()
    const { path, ids } = this.#change()
    phase.writes++
    for (let tried = 0; tried < TRIES && !this.#gone.signal.aborted; tried++) {
      if (tried > 0) {
        phase.repeated++
        await pause(PAUSE)
      }
      if (await this.#tryWrite(path, ids, phase)) return
    }
    phase.lostWrites++
  }

  async #tryWrite(path: string, ids: readonly number[], phase: Phase): Promise<boolean> {
    const { base, verifier } = this.#options
    verifier.writing(ids)
    try {
      const { status, headers, text } = await ask(this.#agent, base, 'POST', path, PATIENCE)
      if (status !== 200) return false
      const at = performance.now()
      const { items, ok } = JSON.parse(text) as Written
      for (const item of items) verifier.acknowledged({ ...item, by: String(headers[APP_HEADER]), at, ok })
      if (!ok) phase.pendingWrites++
      return true
    } catch {
      return false
    }
  }

  #change(): { readonly path: string; readonly ids: readonly number[] } {
    const { random } = this.#options
    const id = this.#items.next()
    const category = id % SHOP.categories
    if (category % REPLACED === 0) return { path: `/items/${id}?change=set`, ids: [id] }
    if (random() < DELETES) return { path: `/items/${id}?change=delete`, ids: [id] }
    const ids = Array.from({ length: SHOP.items / SHOP.categories }, (_, n) => category + n * SHOP.categories)
    return { path: `/categories/${category}`, ids }
  }
}

/** The beginning of an answer that should have been another, without the markup of a load balancer's. */
function inOneLine(text: string): string {
  return text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80)
}
