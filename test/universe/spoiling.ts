import { vi } from 'vitest'
import { LedgerHearing } from '../../src/coherence/ledger-hearing.ts'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import type { ShardMirror } from '../../src/coherence/shard-mirror.ts'
import type { Follower } from '../../src/level.ts'
import type { Ledger, Point, Terms } from '../../src/stores/ledger.ts'
import { LedgerCore } from '../../src/stores/ledger-core.ts'

/** Every store's follower is another one. */
export function followed(change: (follower: Follower) => Follower): undefined {
  const { follow } = LedgerStore.prototype
  vi.spyOn(LedgerStore.prototype, 'follow').mockImplementation(function (this: LedgerStore, follower) {
    follow.call(this, change(follower))
  })
  return undefined
}

/** What each shard calls its eras now. */
export function noteLinks(): (core: LedgerCore, era: number) => string | undefined {
  const histories = new WeakMap<LedgerCore, Map<number, string>>()
  const noted = <T extends Point>(core: LedgerCore, step: T): T => {
    const links = histories.get(core) ?? new Map<number, string>()
    histories.set(core, links.set(step.era, step.link))
    return step
  }
  const { raise, replace, expire, increment } = LedgerCore.prototype
  vi.spyOn(LedgerCore.prototype, 'raise').mockImplementation(function (this: LedgerCore, ...args) {
    return noted(this, raise.apply(this, args))
  })
  vi.spyOn(LedgerCore.prototype, 'replace').mockImplementation(function (this: LedgerCore, ...args) {
    return noted(this, replace.apply(this, args))
  })
  vi.spyOn(LedgerCore.prototype, 'expire').mockImplementation(function (this: LedgerCore, ...args) {
    return noted(this, expire.apply(this, args))
  })
  vi.spyOn(LedgerCore.prototype, 'increment').mockImplementation(function (this: LedgerCore, ...args) {
    return noted(this, increment.apply(this, args))
  })
  return (core, era) => histories.get(core)?.get(era)
}

/** The link a mirror knows for an era. */
export function heardAt(mirror: ShardMirror, reign: string, era: number): string | undefined {
  const birth = mirror.birthOf(reign, era)
  return birth === undefined ? undefined : mirror.originOf(birth)?.link
}

export function withTerms(ledger: Ledger, change: (terms: Terms) => Terms): Ledger {
  return {
    ...ledger,
    fill: (shard, frames, terms) => ledger.fill(shard, frames, change(terms)),
    replace: (shard, frames, terms) => ledger.replace(shard, frames, change(terms)),
    raise: (shard, scopes, terms) => ledger.raise(shard, scopes, change(terms)),
    increment: (shard, frame, by, ttl, terms) => ledger.increment(shard, frame, by, ttl, change(terms)),
    expire: (shard, key, ttl, terms) => ledger.expire(shard, key, ttl, change(terms)),
  }
}

/** Nobody outside can tell such a step from another: only who called it. */
export function notSayingAgain(ledger: Ledger): Ledger {
  return {
    ...ledger,
    raise: (shard, scopes, terms) => {
      const isSaidAgain = new Error().stack?.includes('sayAgain') === true
      return isSaidAgain
        ? ledger.sync(shard, undefined).then((news) => ({ ...news, prev: news.link }))
        : ledger.raise(shard, scopes, terms)
    },
  }
}

/**
 * Nobody asks what happened when a feed is heard for the first time. That alone shows in some fleets in which feeds open
 * slowly; some seeds show other parts only where these questions do not come before what they show.
 */
export function withoutOpening(): void {
  const { interrupted } = LedgerHearing.prototype
  const opened = new WeakSet<LedgerHearing>()
  vi.spyOn(LedgerHearing.prototype, 'interrupted').mockImplementation(function (this: LedgerHearing) {
    if (opened.has(this)) interrupted.call(this)
    opened.add(this)
  })
}
