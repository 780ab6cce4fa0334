import type { Duration } from '../duration.ts'
import { milliseconds } from '../duration.ts'
import { tagList } from '../entry/answer.ts'
import { isSchema, type StandardSchema } from '../entry/standard-schema.ts'
import { TerraceError } from '../errors.ts'
import { SpaceTally } from '../observe/space-tally.ts'
import { type Check, expected, flag, integer, number, oneOf, readOptions } from '../options.ts'
import { Keyspace, nameWithin } from './keyspace.ts'
import type { Parts } from './parts.ts'
import { type FreshnessOptions, freshnessSchema, type Terms, termsIn, withTerms } from './terms.ts'

/** Options of `cache.namespace`. What is not said is as in the cache, or in the namespace around it. */
export interface NamespaceOptions<V = unknown> extends FreshnessOptions {
  /** How long a value may be served when neither the call nor the fetcher says. */
  readonly ttl?: Duration | undefined
  /** Fraction of its ttl, drawn at random up to this (0 to 1), that each value loses. */
  readonly ttlJitter?: number | undefined
  /** Tags that every value of it gets besides its own: up to 100 with those. Counters that a store makes itself get none. */
  readonly tags?: readonly string[] | undefined
  /** The longest key accepted, in UTF-16 units, without the namespace. */
  readonly maxKeyLength?: number | undefined
  /**
   * The most entries of it in level 1, which must be `memory()`. They are taken out of the bounds of the level: it
   * keeps them apart, and what is used elsewhere evicts nothing here. Default: it shares the level with all others.
   */
  readonly maxEntries?: number | undefined
  /** The most bytes of it in level 1: see `maxEntries`. */
  readonly maxBytes?: number | undefined
  /**
   * What values are held against that come from outside the process: any Standard Schema (Zod, Valibot, ArkType …). One
   * that does not fit counts as absent, with an event `mismatched`, so that it is fetched and written anew. What
   * the schema makes of a value is what is served: what fits must fit again afterwards. Default: nothing is checked.
   */
  readonly schema?: StandardSchema<unknown, V> | undefined
  /**
   * `read` checks what comes from outside; `all` also what is fetched or given to `set`, `setMany` and `put`, which
   * reject with `ERR_VALUE_INVALID`, before anything is kept. Default: `read`.
   */
  readonly checks?: 'read' | 'all' | undefined
  /**
   * Which shape values have in this version of the code, from 0 to 1,000,000. Versions that run side by side during a
   * deploy keep values apart, and whatever one writes or invalidates it invalidates for its neighbours: one less and
   * one more. 0 is what code without this option reads. Default: values of all versions are the same.
   */
  readonly codeVersion?: number | undefined
  /** All versions that may run side by side, where those are not the neighbours: up to 10. */
  readonly codeVersions?: readonly number[] | undefined
  /** Whether its requests are counted apart from those of what is around it: see `stats`. Default: `true` where options are given. */
  readonly stats?: boolean | undefined
}

const NEWEST = 1_000_000
const MOST_VERSIONS = 10
const versionNumber = integer(0, NEWEST)

const schemaOf: Check<StandardSchema> = (value, where) =>
  isSchema(value) ? value : expected("a Standard Schema (an object with a '~standard' of version 1)", value, where)

const versionList: Check<readonly number[]> = (value, where) => {
  if (!Array.isArray(value) || value.length > MOST_VERSIONS) {
    return expected(`an array of up to ${MOST_VERSIONS} versions`, value, where)
  }
  return [...new Set(value.map((each) => versionNumber(each, where)))]
}

const optionsSchema = {
  ...freshnessSchema,
  ttl: milliseconds,
  ttlJitter: number(0, 1),
  tags: tagList,
  maxKeyLength: integer(1, 2 ** 29),
  maxEntries: integer(1, 2 ** 24 - 1),
  maxBytes: integer(1, Number.MAX_SAFE_INTEGER),
  schema: schemaOf,
  checks: oneOf(['read', 'all']),
  codeVersion: versionNumber,
  codeVersions: versionList,
  stats: flag,
}

/** {@link NamespaceOptions}, checked. */
type Said = ReturnType<typeof readNamespaceOptions>

function readNamespaceOptions(options: object) {
  const said = readOptions('namespace', optionsSchema, options)
  const { codeVersion, codeVersions, schema, checks } = said
  if (codeVersions !== undefined && codeVersion === undefined) {
    invalid('codeVersions: expected codeVersion beside it, which says which of them this is')
  }
  if (checks === 'all' && schema === undefined) invalid('checks: there is no schema to check against')
  return said
}

/** Declares a namespace within another, or finds the one that was. @throws TerraceError, and nothing has changed then */
export function namespaceWithin(parts: Parts, outer: Keyspace, name: string, options: object | undefined): Keyspace {
  const plain = nameWithin(outer, name)
  const said = options && readNamespaceOptions(options)
  const known = parts.spaces.find(plain.prefix.slice(0, -1), said)
  if (known !== undefined) return known
  if (said === undefined) return new Keyspace(plain, outer.traits)
  return declare(parts, outer, name, said)
}

function declare(parts: Parts, outer: Keyspace, name: string, said: Said): Keyspace {
  const { codeVersion, codeVersions, maxKeyLength, maxEntries, maxBytes, schema, checks, stats } = said
  const others = codeVersion === undefined ? [] : othersOf(codeVersion, codeVersions)
  const called = nameWithin(outer, name, codeVersion, others)
  const { prefix, siblings } = called
  const own = stats === false ? undefined : new SpaceTally(prefix.slice(0, -1), parts.levels.length)
  const { traits } = outer
  const space = new Keyspace(called, {
    longest: maxKeyLength ?? traits.longest,
    terms: termsOf(traits.terms, said),
    tally: own ?? traits.tally,
    writes: schema === undefined ? traits.writes : checks === 'all' ? schema : undefined,
  })
  if (maxEntries !== undefined || maxBytes !== undefined) divide(parts, prefix, { maxEntries, maxBytes })
  if (codeVersion !== undefined) parts.versions.add(prefix, siblings)
  if (schema !== undefined) check(parts, prefix, schema)
  parts.spaces.add(nameWithin(outer, name).prefix.slice(0, -1), { space, said }, own)
  return space
}

function termsOf(terms: Terms, { tags, ...said }: Said): Terms {
  const ownTags =
    tags === undefined ? terms.ownTags : tagList([...new Set([...terms.ownTags, ...tags])], 'namespace: tags')
  return Object.freeze({ ...withTerms(terms, termsIn(said)), ownTags })
}

function othersOf(version: number, listed: readonly number[] | undefined): readonly number[] {
  const others = listed ?? [version - 1, version + 1]
  return others.filter((other) => other >= 0 && other !== version)
}

/** A part of level 1 for the keys of a namespace. */
function divide(
  parts: Parts,
  prefix: string,
  share: { maxEntries: number | undefined; maxBytes: number | undefined },
): void {
  const { name, traits } = parts.levels[0]!
  if (traits.divides === undefined)
    invalid(`maxEntries and maxBytes: level 1 (${name}) is no memory(), and has no shares`)
  traits.divides.divide(prefix, share)
}

/** From now on what comes from outside is checked. */
function check(parts: Parts, prefix: string, schema: StandardSchema): void {
  parts.checks.add(prefix, schema)
  for (const level of parts.levels) if (level.traits.near === undefined) level.checkedBy(parts.checks)
}

function invalid(text: string): never {
  throw new TerraceError('ERR_OPTION_INVALID', `namespace: ${text}`)
}
