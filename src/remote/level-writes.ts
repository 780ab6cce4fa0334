import { type Entry, endingAt } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import { hardened, keyScope, type Scope } from '../entry/scope.ts'
import type { Keeping } from '../level.ts'
import { apart, byPart, partOfScope } from './apart.ts'
import type { Attempt } from './attempts.ts'
import { inBatches } from './batches.ts'
import { CatchUp } from './catch-up.ts'
import type { LevelCalls } from './level-calls.ts'
import { areKeepings, isEra } from './shape.ts'

/**
 * What a level did with a write or an invalidation. `pending`: it failed; the invalidation is sent
 * again in the background, and until it lands this level's copy is not served.
 */
export type Doing = 'done' | 'superseded' | 'refused' | 'pending'

/** What is told one level, and what it has missed and is told again. */
export class LevelWrites {
  readonly catchUp: CatchUp
  readonly #calls: LevelCalls
  /** Milliseconds nothing stays longer here. */
  #longest = Number.POSITIVE_INFINITY
  /** Where the level is in parts. */
  readonly #partOf: ((about: { readonly key: string }) => number) | undefined
  readonly #partOfScope: ((scope: Scope) => number) | undefined

  /** @param onLanded is told what the level had missed and knows by now */
  constructor(calls: LevelCalls, onLanded: (scopes: readonly Scope[]) => void) {
    this.#calls = calls
    const { world, observers, level } = calls
    const { spreads } = level.traits
    this.#partOf = spreads && (({ key }) => spreads.partOf(key))
    this.#partOfScope = partOfScope(level)
    this.catchUp = new CatchUp(world, observers, {
      apart: (scopes) => byPart(scopes, this.#partOfScope),
      raise: (scopes, insists) => this.#raise(scopes, insists ? 'insist' : 'run'),
      onLanded: (scopes) => {
        calls.report({ type: 'levelCaughtUp', level: level.name, scopes: scopes.length })
        onLanded(scopes)
      },
    })
  }

  get isLimited(): boolean {
    return this.#longest < Number.POSITIVE_INFINITY
  }

  limit(longest: number): void {
    this.#longest = longest
  }

  write(entries: readonly Entry[]): Promise<readonly (Keeping | 'failed')[]> {
    const { world, level } = this.#calls
    return inBatches(world, level.timeout, entries, (some) => apart(some, this.#partOf, (own) => this.#write(own)))
  }

  async replace(entries: readonly Entry[]): Promise<readonly Doing[]> {
    const { world, level } = this.#calls
    const { journal } = this.catchUp
    const free = entries.filter((entry) => !journal.isHeld(keyScope(entry.key)))
    if (free.length < entries.length) {
      const held = entries.filter((entry) => journal.isHeld(keyScope(entry.key)))
      this.catchUp.missed(held.map(scopeOf), undefined)
    }
    if (free.length === 0) return entries.map(() => 'pending')
    const doings = new Map<string, Doing>()
    const outcomes = await inBatches(world, level.timeout, free, (some) =>
      apart(some, this.#partOf, (own) => this.#replaceFree(own)),
    )
    for (const [n, entry] of free.entries()) doings.set(entry.key, outcomes[n]!)
    return entries.map((entry) => doings.get(entry.key) ?? 'pending')
  }

  async raise(scopes: readonly Scope[]): Promise<Doing> {
    const { world, level } = this.#calls
    const raise = async (own: readonly Scope[]): Promise<readonly Doing[]> => {
      const doing = await this.#raiseSome(own)
      return own.map(() => doing)
    }
    const doings = await inBatches(world, level.timeout, scopes, (some) => apart(some, this.#partOfScope, raise))
    return doings.includes('pending') ? 'pending' : 'done'
  }

  async #write(entries: readonly Entry[]): Promise<readonly (Keeping | 'failed')[]> {
    const { attempts, level, tally } = this.#calls
    const write = (): Promise<unknown> => level.write(this.#limited(entries))
    const attempt = await attempts.ask('write', entries, write, areKeepings(entries.length))
    if (!attempt.ok) {
      this.#calls.fail('write', attempt.error)
      return entries.map(() => 'failed')
    }
    tally.sets += entries.length
    this.#bearWitness(entries, attempt.answer, false)
    this.#reportSuperseded(entries, attempt.answer)
    return attempt.answer
  }

  async #replaceFree(entries: readonly Entry[]): Promise<readonly Doing[]> {
    const { attempts, level, tally } = this.#calls
    const scopes = entries.map(scopeOf)
    const sent = this.catchUp.journal.now()
    const replace = (): Promise<unknown> => level.replace(this.#limited(entries))
    const attempt = await attempts.ask('replace', entries, replace, areKeepings(entries.length))
    if (!attempt.ok) {
      this.#calls.fail('replace', attempt.error)
      this.catchUp.missed(scopes, attempt.over)
      return entries.map(() => 'pending')
    }
    tally.sets += entries.length
    this.catchUp.landed(scopes, sent)
    this.#bearWitness(entries, attempt.answer, true)
    this.#reportSuperseded(entries, attempt.answer)
    return attempt.answer.map((keeping) => (keeping === 'kept' ? 'done' : keeping))
  }

  async #raiseSome(scopes: readonly Scope[]): Promise<Doing> {
    const { journal } = this.catchUp
    if (scopes.every((scope) => journal.isHeld(scope))) {
      this.catchUp.missed(scopes, undefined)
      return 'pending'
    }
    const sent = journal.now()
    const attempt = await this.#raise(scopes, 'ask')
    if (!attempt.ok) {
      this.catchUp.missed(scopes, attempt.over)
      return 'pending'
    }
    for (const scope of scopes) if (scope.kind === 'key') this.#calls.tally.deletes++
    this.#calls.witness?.raised(scopes)
    this.catchUp.landed(scopes, sent)
    return scopes.some((scope) => journal.isHeld(scope)) ? 'pending' : 'done'
  }

  /** @param how whether a level is asked, and waited for, that has not answered of late */
  async #raise(scopes: readonly Scope[], how: 'ask' | 'run' | 'insist'): Promise<Attempt<Era>> {
    const { attempts, level } = this.#calls
    const raise = (): Promise<Era> => level.raise(level.traits.softens === true ? [...scopes] : scopes.map(hardened))
    const attempt = await attempts[how]('raise', scopes, raise, isEra)
    if (!attempt.ok) this.#calls.fail('raise', attempt.error)
    return attempt
  }

  /** A list of the level's own: see `level-reads.ts`. */
  #limited(entries: readonly Entry[]): readonly Entry[] {
    if (this.#longest === Number.POSITIVE_INFINITY) return [...entries]
    const latest = this.#calls.world.tick() + this.#longest
    return entries.map((entry) => (entry.deadline > latest ? endingAt(entry, latest) : entry))
  }

  #bearWitness(entries: readonly Entry[], keepings: readonly Keeping[], written: boolean): void {
    const { witness } = this.#calls
    if (witness === undefined) return
    for (const [n, entry] of entries.entries()) if (keepings[n] === 'kept') witness.kept(entry, written)
  }

  #reportSuperseded(entries: readonly Entry[], keepings: readonly Keeping[]): void {
    const { name } = this.#calls.level
    for (const [n, keeping] of keepings.entries()) {
      if (keeping === 'superseded') this.#calls.report({ type: 'superseded', key: entries[n]!.key, level: name })
    }
  }
}

function scopeOf(entry: Entry): Scope {
  return keyScope(entry.key)
}
