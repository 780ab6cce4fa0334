// The orders in which keys are asked for. They are made once, kept in bench/.cache, and read by
// every process, so that all peers of all rounds see the same requests.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('.cache/', import.meta.url))
const SEED = 0x9e3779b9

/** mulberry32: uniform in [0, 1), the same on every machine. */
export function generator(seed = SEED) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * Zipf-distributed ranks 1..n with exponent s by rejection-inversion (Hörmann and Derflinger,
 * "Rejection-inversion to generate variates from monotone discrete distributions", 1996): no table,
 * whatever n is.
 */
export function zipfRanks(n, s, random) {
  const H = (x) => (x ** (1 - s) - 1) / (1 - s)
  const inverse = (x) => (1 + x * (1 - s)) ** (1 / (1 - s))
  const h = (x) => x ** -s
  const first = H(1.5) - 1
  const last = H(n + 0.5)
  const shortcut = 2 - inverse(H(2.5) - h(2))
  return () => {
    for (;;) {
      const u = last + random() * (first - last)
      const x = inverse(u)
      const rank = Math.min(n, Math.max(1, Math.round(x)))
      if (rank - x <= shortcut || u >= H(rank + 0.5) - h(rank)) return rank
    }
  }
}

/** Spreads neighbouring ranks over the key space: popular keys do not lie side by side in memory. */
export const scatter = (rank, n) => (rank * 7919) % n

const makers = {
  uniform(n, length) {
    const random = generator()
    return Uint32Array.from({ length }, () => Math.floor(random() * n))
  },
  zipf(n, length) {
    const next = zipfRanks(n, 0.99, generator())
    return Uint32Array.from({ length }, () => scatter(next(), n))
  },
}

/** `length` numbers in [0, n), distributed 'uniform' or 'zipf' (exponent 0.99). */
export function sequence(distribution, n, length) {
  const file = `${CACHE}${distribution}-${n}-${length}.u32`
  if (!existsSync(file)) {
    mkdirSync(CACHE, { recursive: true })
    const made = makers[distribution](n, length)
    writeFileSync(`${file}.${process.pid}`, new Uint8Array(made.buffer))
    renameSync(`${file}.${process.pid}`, file)
  }
  const bytes = readFileSync(file)
  return new Uint32Array(bytes.buffer, bytes.byteOffset, length)
}
