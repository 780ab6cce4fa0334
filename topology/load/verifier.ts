import { bodyOf } from '../database/database.ts'

/** A change that an app server has acknowledged: the database has it, and the call that invalidates had returned. */
export interface Acknowledged {
  readonly id: number
  readonly version: number
  /** The process that did it. */
  readonly by: string
  /** When its answer was here. Milliseconds, as all times here, of one clock. */
  readonly at: number
  /** Whether every level had been told by then; else some are pending. */
  readonly ok: boolean
}

/** What a reader was given. */
export interface ReadAnswer {
  readonly id: number
  readonly version: number
  readonly body: string
  /** The process that answered. */
  readonly by: string
  /** Before the request was sent. */
  readonly began: number
}

/**
 * - `fresh`: no acknowledged change is missing.
 * - `behind`: an acknowledged one of another process is, within the time that the cache promises.
 * - `pending`: one is that some level had not been told yet, which its writer was told.
 * - `stale`: one is, and must not be.
 * - `wrong`: no version of this item was ever like that.
 */
export type Verdict =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'behind'; readonly by: number }
  | { readonly kind: 'pending' }
  | { readonly kind: 'stale' | 'wrong'; readonly why: string }

/** A time in which a shared store may lose what it acknowledges. `Infinity`: not known yet. */
export interface Loss {
  readonly from: number
  until: number
  /** When all parts were well again. */
  over: number
}

interface Change extends Omit<Acknowledged, 'ok' | 'id'> {
  /** When every level had been told; `undefined` while one has not. */
  settled: number | undefined
}

/** Milliseconds after which nothing that is still being read began before. */
const LONGEST_READ = 60_000

const FRESH: Verdict = { kind: 'fresh' }

/**
 * Knows which changes were acknowledged, when and by whom, and says of what a reader was given whether the
 * cache may give it. Versions come from the database, times from one clock, that of whoever sends the load:
 * what is noted as acknowledged was so before, and a read that is noted as begun began later. So no
 * allowance for clocks or for the network is made, nor needed.
 */
export class Verifier {
  readonly #maxStaleness: number
  readonly #changes = new Map<number, Change[]>()
  /** The version of an item before the first change, where it is not 1. */
  readonly #first: ReadonlyMap<number, number>
  /** Changes that were begun, by item. */
  readonly #begun = new Map<number, number>()
  readonly #losses: Loss[] = []

  constructor(maxStaleness: number, first: ReadonlyMap<number, number> = new Map()) {
    this.#maxStaleness = maxStaleness
    this.#first = first
  }

  /** A change of these items is about to be asked for. */
  writing(ids: Iterable<number>): void {
    for (const id of ids) this.#begun.set(id, (this.#begun.get(id) ?? 0) + 1)
  }

  acknowledged({ id, version, by, at, ok }: Acknowledged): void {
    const known = this.#changes.get(id) ?? []
    // What was replaced by something that everybody must know by now says nothing any more.
    const certain = known.findLast(({ settled }) => settled !== undefined && this.#due(settled) + LONGEST_READ < at)
    const kept = certain === undefined ? known : known.filter(({ version }) => version >= certain.version)
    kept.push({ version, by, at, settled: ok ? at : undefined })
    this.#changes.set(
      id,
      kept.sort((a, b) => a.version - b.version),
    )
  }

  /** A process that was asked at `asked` has answered at `at` that it owes no level anything. */
  owesNothing(by: string, asked: number, at: number): void {
    for (const changes of this.#changes.values()) {
      for (const change of changes) {
        if (change.settled === undefined && change.by === by && change.at <= asked) change.settled = at
      }
    }
  }

  /**
   * From now on a shared store may lose some of what it acknowledges: a fail-over. Whoever wrote that tells it
   * again; the others have until `maxStaleness` after everything is well again.
   *
   * @param from what was acknowledged from this moment on
   */
  mayLose(from: number): Loss {
    const loss = { from, until: Number.POSITIVE_INFINITY, over: Number.POSITIVE_INFINITY }
    this.#losses.push(loss)
    return loss
  }

  judge({ id, version, body, by, began }: ReadAnswer): Verdict {
    if (body !== bodyOf(id, version)) return { kind: 'wrong', why: `item ${id}: not what version ${version} says` }
    if (version > (this.#first.get(id) ?? 1) + (this.#begun.get(id) ?? 0)) {
      return { kind: 'wrong', why: `item ${id}: version ${version} was never written` }
    }
    let verdict = FRESH
    for (const change of this.#changes.get(id) ?? []) {
      if (change.version <= version || change.at > began) continue
      const missed = `item ${id}: ${by} said version ${version}, though ${change.by} had acknowledged ${change.version}`
      const ago = (at: number): string => `${Math.round(began - at)} ms before`
      if (change.by === by) return { kind: 'stale', why: `${missed} ${ago(change.at)}, the same process` }
      const { settled } = change
      if (settled === undefined || settled > began) {
        if (verdict === FRESH) verdict = { kind: 'pending' }
        continue
      }
      if (this.#due(settled) <= began) return { kind: 'stale', why: `${missed} ${ago(settled)}, and everywhere` }
      if (verdict.kind !== 'behind' || verdict.by < began - settled) verdict = { kind: 'behind', by: began - settled }
    }
    return verdict
  }

  /**
   * The items whose last change the cache has been told everywhere, if the database has these versions: of
   * the others nothing can be said at rest.
   */
  certain(versions: ReadonlyMap<number, number>): { readonly ids: number[]; readonly uncertain: number[] } {
    const ids: number[] = []
    const uncertain: number[] = []
    for (const id of this.#begun.keys()) {
      const last = this.#changes.get(id)?.at(-1)
      const isCertain = last?.settled !== undefined && last.version === versions.get(id)
      ;(isCertain ? ids : uncertain).push(id)
    }
    return { ids, uncertain }
  }

  /** From when on everybody must know what was told everywhere at this moment. */
  #due(settled: number): number {
    let known = settled
    for (const { from, until, over } of this.#losses) {
      if (settled >= from && settled <= until) known = Math.max(known, over)
    }
    return known + this.#maxStaleness
  }
}
