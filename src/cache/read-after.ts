import { ABSENT } from '../entry/held.ts'
import { type FetchCall, type ReadOptions, readReadOptions } from './calls.ts'
import type { Ask } from './fetch-context.ts'
import { handed, inOrder, unlessAborted } from './handing.ts'
import { firstHeld } from './inspect.ts'
import { lookPast, lookUp } from './lookup.ts'
import { answered, type Lookup, type Parts } from './parts.ts'
import { fetchBelow, fetchMany, fetchOne, getBelow, getMany, taken } from './read.ts'
import type { Route } from './route.ts'
import { noteHit } from './tell-hit.ts'
import type { Demand, Footing } from './waymarks.ts'

/** What the levels hold for a key. Without options level 1 has just missed it. */
export function getFor(parts: Parts, key: string, options: ReadOptions | undefined): Promise<unknown> {
  const demand = demandOf(parts, readReadOptions('get', options))
  if (demand !== undefined) return getAfter(parts, key, demand)
  return options === undefined ? getBelow(parts, key) : getAnywhere(parts, key)
}

/** What the levels below hold or the source has for a key that the near level has just missed, or was not asked for. */
export function fetchFor(parts: Parts, key: string, call: FetchCall, ask: Ask): Promise<unknown> {
  return unlessAborted(call.signal, () => fetchWanted(parts, key, call, ask))
}

function fetchWanted(parts: Parts, key: string, call: FetchCall, ask: Ask): Promise<unknown> {
  const demand = demandOf(parts, call)
  if (demand !== undefined) return fetchAfter(parts, key, call, ask, demand)
  const isUnasked = call.maxStaleness !== undefined && call.aim === 'fresh' && call.route === undefined
  return isUnasked ? fetchAnywhere(parts, key, call, ask) : fetchBelow(parts, key, call, ask)
}

/** What the levels hold for several keys, in their order. */
export function getManyFor(
  parts: Parts,
  keys: readonly string[],
  options: ReadOptions | undefined,
): Promise<unknown[]> {
  const demand = demandOf(parts, readReadOptions('getMany', options))
  return demand === undefined ? getMany(parts, keys) : getManyAfter(parts, keys, demand)
}

/** What the levels hold or the source has for several keys, in their order. */
export function fetchManyFor(parts: Parts, keys: readonly string[], call: FetchCall, ask: Ask): Promise<unknown[]> {
  return unlessAborted(call.signal, () => {
    const demand = demandOf(parts, call)
    return demand === undefined ? fetchMany(parts, keys, call, ask) : fetchManyAfter(parts, keys, call, ask, demand)
  })
}

/** Whether some level has a value under a key. */
export async function hasFor(parts: Parts, key: string, options: ReadOptions | undefined): Promise<boolean> {
  const demand = demandOf(parts, readReadOptions('has', options))
  if (demand !== undefined && (await stand(parts, key, demand)) !== 'firm')
    // To look below what cannot be believed is to read.
    return isValue(await getAfter(parts, key, demand))
  return (await firstHeld(parts, key))?.found === true
}

/**
 * What a read must not be behind: what there was so long ago, a token it was given, else that of the session it is
 * called in; `undefined`: nothing.
 */
function demandOf(
  { waymarks, sessions }: Parts,
  { after, maxStaleness }: Pick<FetchCall, 'after' | 'maxStaleness'>,
): Demand | undefined {
  const recent = maxStaleness === undefined ? undefined : waymarks.within(maxStaleness)
  return recent ?? (after === undefined ? sessions?.getStore()?.demand : waymarks.demand(after))
}

async function fetchAnywhere(parts: Parts, key: string, call: FetchCall, ask: Ask): Promise<unknown> {
  return near(parts, key) ?? fetchBelow(parts, key, call, ask)
}

async function getAnywhere(parts: Parts, key: string): Promise<unknown> {
  return near(parts, key) ?? getBelow(parts, key)
}

/** What the levels hold for a key, and nothing that is behind the demand; not found where that cannot be told. */
async function getAfter(
  parts: Parts,
  key: string,
  demand: Demand,
  getFirmly: () => Promise<unknown> = () => getAnywhere(parts, key),
  route?: Route,
): Promise<unknown> {
  const footing = await stand(parts, key, demand)
  if (footing === 'firm') return getFirmly()
  if (footing === 'none') {
    answered(parts, key, -1)
    return undefined
  }
  await passBy(parts, [key], demand)
  const [lookup] = await lookBelow(parts, [key], route)
  return handed(parts, taken(parts, key, lookup!))
}

/** What the levels below have that the call names; all of them without a route. */
function lookBelow(parts: Parts, keys: readonly string[], route: Route | undefined): Promise<Lookup[]> {
  return route === undefined ? lookUp(parts, keys) : lookPast(parts, keys, 'fresh', route)
}

/** What the levels hold or the source has for a key, and nothing that is behind the demand. */
async function fetchAfter(parts: Parts, key: string, call: FetchCall, ask: Ask, demand: Demand): Promise<unknown> {
  if (call.onlyIfCached) {
    return getAfter(parts, key, demand, call.route && (() => fetchBelow(parts, key, call, ask)), call.route)
  }
  const footing = await stand(parts, key, demand)
  if (footing === 'firm')
    return (
      (call.aim === 'fresh' && call.route === undefined ? near(parts, key) : undefined) ??
      fetchBelow(parts, key, call, ask)
    )
  await passBy(parts, [key], demand, call.aim === 'nothing')
  return handed(parts, (await fetchOne(parts, key, strictly(call, footing), ask)).entry)
}

/** {@link getAfter} for several keys, in their order. */
async function getManyAfter(
  parts: Parts,
  keys: readonly string[],
  demand: Demand,
  getFirmly: (own: readonly string[]) => Promise<unknown[]> = (own) => getMany(parts, own),
  route?: Route,
): Promise<unknown[]> {
  return byFooting(parts, keys, demand, async (own, footing) => {
    if (footing === 'firm') return getFirmly(own)
    if (footing === 'none') {
      for (const key of own) answered(parts, key, -1)
      return own.map(() => undefined)
    }
    await passBy(parts, own, demand)
    const lookups = await lookBelow(parts, own, route)
    return lookups.map((lookup, n) => handed(parts, taken(parts, own[n]!, lookup)))
  })
}

/** {@link fetchAfter} for several keys, in their order. Where not all of them can be proven, their fetcher may be called more than once. */
async function fetchManyAfter(
  parts: Parts,
  keys: readonly string[],
  call: FetchCall,
  ask: Ask,
  demand: Demand,
): Promise<unknown[]> {
  if (call.onlyIfCached) {
    return getManyAfter(parts, keys, demand, call.route && ((own) => fetchMany(parts, own, call, ask)), call.route)
  }
  return byFooting(parts, keys, demand, async (own, footing) => {
    if (footing === 'firm') return fetchMany(parts, own, call, ask)
    await passBy(parts, own, demand, call.aim === 'nothing')
    return fetchMany(parts, own, strictly(call, footing), ask)
  })
}

function stand({ waymarks }: Parts, key: string, demand: Demand): Footing | Promise<Footing> {
  return waymarks.footing(demand, key) ?? waymarks.findFooting(demand, key)
}

/** What level 1 holds, where it is believed as far as all are; below, it is asked for again. */
function near(parts: Parts, key: string): unknown {
  if (!parts.currency.isProven) return undefined
  const held = parts.levels[0]!.lookAnyway(key)
  if (held !== undefined) noteHit(parts, key)
  return held
}

/** No copy that lies anywhere stands in for what is fetched; and where nothing can be proven, none is taken at all. */
function strictly(call: FetchCall, footing: Footing): FetchCall {
  return { ...call, isStrict: true, aim: footing === 'none' ? 'nothing' : call.aim }
}

/**
 * Nobody who asks from now on joins what set out before the demand was known, or may have taken something on its
 * way that does not do; and what lies in the way of a look below is taken away.
 */
async function passBy(parts: Parts, keys: readonly string[], demand: Demand, joinsNobody = false): Promise<void> {
  await parts.waymarks.clearWay(keys)
  const { lookups, fetches, strict } = parts
  for (const key of keys) {
    const journey = lookups.find(key)
    if (journey !== undefined && journey.at <= demand.since) lookups.leave(journey)
    const flight = fetches.find(key)
    if (flight === undefined) continue
    const known = strict.get(flight)
    if (joinsNobody || known === undefined || known < demand.nth) fetches.leave(flight)
  }
}

/** Answers for keys in groups by what may be believed of them; in their order. */
async function byFooting(
  parts: Parts,
  keys: readonly string[],
  demand: Demand,
  answer: (own: readonly string[], footing: Footing) => Promise<readonly unknown[]>,
): Promise<unknown[]> {
  const distinct = [...new Set(keys)]
  const footings = await Promise.all(distinct.map((key) => stand(parts, key, demand)))
  const groups = new Map<Footing, string[]>()
  for (const [n, key] of distinct.entries()) groups.set(footings[n]!, [...(groups.get(footings[n]!) ?? []), key])
  const answers = new Map<string, unknown>()
  await Promise.all(
    [...groups].map(async ([footing, own]) => {
      const told = await answer(own, footing)
      for (const [n, key] of own.entries()) answers.set(key, told[n])
    }),
  )
  return inOrder(parts, keys, answers)
}

function isValue(held: unknown): boolean {
  return held !== undefined && held !== ABSENT
}
