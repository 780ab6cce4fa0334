// Keys as a service builds them. Up to 12 characters V8 makes a flat string at once; from 13 on a
// template gives a rope that is flattened when it is hashed, which is part of what is measured.

/** The first number of a key space, so that all its keys have the same length. */
export function firstId(space) {
  if (space <= 900_000) return 100_000
  if (space <= 9_000_000) return 1_000_000
  return 0
}

/** 11 characters, 12 where the key space needs 7 digits. */
export const SHORT = 'user:'
/** Keys that are never stored. */
export const ABSENT = 'none:'
/** 34 characters: with the number 40. */
export const LONG = 'shop:eu-west-1:catalogue:product::'

export function makeKeys(prefix, from, count) {
  const keys = new Array(count)
  for (let i = 0; i < count; i++) keys[i] = `${prefix}${from + i}`
  return keys
}

/** Stored by all workloads: objects made beforehand, so that no workload pays for making them. */
export const values = Array.from({ length: 1024 }, (_, id) => ({ id, name: `value ${id}` }))
