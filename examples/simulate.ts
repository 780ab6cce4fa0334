/**
 * Which policy suits this traffic, and how much memory is enough? Writes a small trace, as a service
 * would log it, replays it against real caches, and prints their hit ratios.
 *
 * Run it: node examples/simulate.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// In a project of your own: from 'terrace/simulate'.
import { reportTable, simulate } from '../src/simulate/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'terrace-example-'))
try {
  const trace = join(folder, 'shop.txt')
  writeFileSync(trace, requests(50_000).join('\n'))
  const report = await simulate({
    traces: [trace],
    policies: ['optimum', 'lru', 'sieve', 'wTinyLfu'],
    sizes: ['1%', '5%', '20%'],
  })
  console.log(reportTable(report))
} finally {
  rmSync(folder, { recursive: true })
}

/** Popular products (Zipf), and now and then a crawler that walks through the whole catalogue. */
function requests(count: number): string[] {
  const random = randomFrom(42)
  const weights = Array.from({ length: 10_000 }, (_, rank) => 1 / (rank + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let share = 0
  const upTo = weights.map((weight) => {
    share += weight / total
    return share
  })
  return Array.from({ length: count }, (_, i) => {
    if (i % 10_000 < 3000) return `product:${i % 10_000}`
    const drawn = random()
    return `product:${upTo.findIndex((bound) => bound > drawn)}`
  })
}

/** Uniform random numbers in [0, 1) that are the same on every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
