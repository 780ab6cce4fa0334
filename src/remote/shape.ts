import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Finding } from '../entry/finding.ts'
import { isValidator, type Upkeep } from '../entry/upkeep.ts'
import type { Inspection, Keeping, Lease, Reading, ServerInfo } from '../level.ts'

/** Checks of what levels answer: a level may be anybody's code, and speak to anything. */
type Shape<T> = (answer: unknown) => answer is T

export const isEra: Shape<Era> = (answer): answer is Era => typeof answer === 'number' && answer >= 0

export function isReading(keys: readonly string[]): Shape<Reading> {
  return (answer): answer is Reading => {
    if (!isObject(answer) || !isArrayOf(answer.eras, keys.length) || !isArrayOf(answer.entries, keys.length))
      return false
    const { eras, entries } = answer
    for (let n = 0; n < keys.length; n++) {
      // No era: the part of the level that the key belongs to has failed.
      if (isEra(eras[n]) ? entries[n] !== undefined && !isEntry(entries[n], keys[n]!) : !isUnknown(eras[n], entries[n]))
        return false
    }
    return true
  }
}

function isUnknown(era: unknown, entry: unknown): boolean {
  return Number.isNaN(era) && entry === undefined
}

export function areKeepings(length: number): Shape<readonly Keeping[]> {
  return (answer): answer is readonly Keeping[] =>
    isArrayOf(answer, length) && answer.every((one) => one === 'kept' || one === 'superseded' || one === 'refused')
}

export function areInspections(keys: readonly string[]): Shape<readonly Inspection[]> {
  return (answer): answer is readonly Inspection[] =>
    isArrayOf(answer, keys.length) &&
    answer.every((one, n) => isObject(one) && (one.entry === undefined || isEntry(one.entry, keys[n]!)))
}

/** What is only shown is not looked at any closer. */
export function isFinding(key: string): Shape<Finding> {
  return (answer): answer is Finding =>
    isObject(answer) && (answer.entry === undefined || isEntry(answer.entry, key)) && Array.isArray(answer.floors)
}

export function areLeases(length: number): Shape<readonly Lease[]> {
  return (answer): answer is readonly Lease[] =>
    isArrayOf(answer, length) &&
    answer.every((one) => {
      if (!isObject(one)) return false
      if (one.kind === 'taken') return typeof one.ms === 'number' && one.ms >= 0
      return one.kind === 'filled' || (one.kind === 'granted' && isEra(one.era))
    })
}

export function isEntryOr(key: string): Shape<Entry | undefined> {
  return (answer): answer is Entry | undefined => answer === undefined || isEntry(answer, key)
}

export const isBoolean: Shape<boolean> = (answer): answer is boolean => typeof answer === 'boolean'

export const isServerInfo: Shape<ServerInfo> = (answer): answer is ServerInfo =>
  isObject(answer) && typeof answer.server === 'string' && isObject(answer.nodes)

export function isAnything(answer: unknown): answer is unknown {
  return answer === undefined || answer !== undefined
}

function isEntry(value: unknown, key: string): value is Entry {
  return (
    isObject(value) &&
    value.key === key &&
    typeof value.found === 'boolean' &&
    value.found === (value.value !== undefined) &&
    isEra(value.born) &&
    typeof value.deadline === 'number' &&
    !Number.isNaN(value.deadline) &&
    Array.isArray(value.tags) &&
    (value.tags.length === 0 || value.tags.every((tag) => typeof tag === 'string')) &&
    (value.version === undefined || typeof value.version === 'number') &&
    (value.upkeep === undefined || isUpkeep(value.upkeep))
  )
}

function isUpkeep(value: unknown): value is Upkeep {
  return (
    isObject(value) &&
    isMoment(value.since) &&
    isMoment(value.due) &&
    isMoment(value.freshUntil) &&
    isValidator(value.etag) &&
    isValidator(value.lastModified)
  )
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value > Number.NEGATIVE_INFINITY
}

function isArrayOf(value: unknown, length: number): value is unknown[] {
  return Array.isArray(value) && value.length === length
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
