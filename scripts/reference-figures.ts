import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CellReport,
  type KeyKind,
  type SimulatedPolicy,
  simulate,
  type TraceReport,
} from '../src/simulate/index.ts'

/** Traces with reference figures, where this project is developed; they are not part of it (docs/policies.md). */
export const tracesFolder: string = join(import.meta.dirname, '../../shared/traces')

/** A trace with the hit ratios that other implementations reach on it, by size and policy. */
export interface ReferenceTrace {
  readonly name: string
  readonly path: string
  readonly sizes: readonly number[]
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** What was measured on a trace. */
export interface Measured {
  readonly reference: ReferenceTrace
  /** Every policy, number keys. */
  readonly numbers: TraceReport
  /** `wTinyLfu` with string keys. */
  readonly strings: TraceReport
}

interface Reference {
  readonly traces: Readonly<Record<string, ReferenceTrace['ratios']>>
}

/** Every trace that the folder's `reference.json` has figures of, or none where there is no such file. */
export function referenceTraces(folder: string = tracesFolder): readonly ReferenceTrace[] {
  const file = join(folder, 'reference.json')
  if (!existsSync(file)) return []
  const { traces } = JSON.parse(readFileSync(file, 'utf8')) as Reference
  return Object.entries(traces).map(([name, ratios]) => {
    return { name, path: join(folder, `${name}.u32.gz`), sizes: Object.keys(ratios).map(Number), ratios }
  })
}

/** Runs of the default policy: single ones differ, by a tenth of a point or more on some traces. */
const RUNS = 3

/** Replays a trace through every policy that has a reference; what is measured of `wTinyLfu` is so with several seeds. */
export async function measure(reference: ReferenceTrace, seed: number): Promise<Measured> {
  const replay = async (policies: readonly SimulatedPolicy[], keys: KeyKind, seed: number): Promise<TraceReport> => {
    const { traces } = await simulate({ traces: [reference.path], policies, sizes: reference.sizes, keys, seed })
    return traces[0]!
  }
  const runs = async (keys: KeyKind): Promise<TraceReport> => {
    const first = await replay(['wTinyLfu'], keys, seed)
    const cells = [...first.cells]
    for (let run = 1; run < RUNS; run++) cells.push(...(await replay(['wTinyLfu'], keys, seed + run)).cells)
    return { ...first, cells }
  }
  const others = await replay(['optimum', 'lru', 'fifo', 'sieve', 'lfu', 'random', 's3Fifo'], 'number', seed)
  const numbers = await runs('number')
  return {
    reference,
    numbers: { ...numbers, cells: [...others.cells, ...numbers.cells] },
    strings: await runs('string'),
  }
}

/** A policy's cells on a trace, by size. */
export function cellsOf(report: TraceReport, policy: string): readonly CellReport[] {
  return report.cells.filter((cell) => cell.policy === policy)
}

/** A policy's mean over the sizes of a trace. */
export function measuredMean(report: TraceReport, policy: string): number {
  return mean(cellsOf(report, policy).map((cell) => cell.hitRatio))
}

/** A reference policy's mean over the sizes of a trace. */
export function referenceMean(trace: ReferenceTrace, policy: string): number {
  return mean(trace.sizes.map((size) => trace.ratios[size]![policy]!))
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
