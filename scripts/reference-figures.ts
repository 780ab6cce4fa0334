import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CellReport,
  type KeyKind,
  type SimulatedPolicy,
  simulate,
  type TraceReport,
} from '../src/simulate/index.ts'

/** Traces with reference figures, where this project is developed; they are not part of it. */
export const tracesFolder: string = join(import.meta.dirname, '../../shared/traces')

/** A trace with the hit ratios that other implementations reach on it, by size and policy. */
export interface ReferenceTrace {
  readonly name: string
  readonly path: string
  readonly requests: number
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

interface Manifest {
  readonly traces: readonly { name: string; file: string; requests: number; sizes: readonly number[] }[]
}

interface Reference {
  readonly traces: Readonly<Record<string, ReferenceTrace['ratios']>>
}

/** Every trace of the folder, or none where the folder is absent. */
export function referenceTraces(): readonly ReferenceTrace[] {
  if (!existsSync(join(tracesFolder, 'reference.json'))) return []
  const read = (file: string): unknown => JSON.parse(readFileSync(join(tracesFolder, file), 'utf8'))
  const reference = read('reference.json') as Reference
  return (read('manifest.json') as Manifest).traces.map(({ name, file, requests, sizes }) => {
    return { name, path: join(tracesFolder, file), requests, sizes, ratios: reference.traces[name]! }
  })
}

/** Replays a trace through every policy that has a reference. */
export async function measure(reference: ReferenceTrace, seed: number): Promise<Measured> {
  const replay = async (policies: readonly SimulatedPolicy[], keys: KeyKind): Promise<TraceReport> => {
    const { traces } = await simulate({ traces: [reference.path], policies, sizes: reference.sizes, keys, seed })
    return traces[0]!
  }
  const all = ['optimum', 'lru', 'fifo', 'sieve', 'lfu', 'random', 's3Fifo', 'wTinyLfu'] as const
  return { reference, numbers: await replay(all, 'number'), strings: await replay(['wTinyLfu'], 'string') }
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
