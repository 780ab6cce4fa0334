import { TerraceError } from '../errors.ts'
import type { ProgressMeter, Work } from './progress.ts'
import { type Batch, invalidTrace, type Trace } from './trace.ts'

/** One pass over a trace: what it is for, who is told of it, and what stops it. */
export interface Pass {
  readonly trace: Trace
  readonly work: Work
  readonly meter: ProgressMeter
  readonly signal: AbortSignal | undefined
}

/** Reads a trace from its beginning, one batch in memory at a time. @throws TerraceError `ERR_ABORTED`, `ERR_TRACE_INVALID` */
export async function eachBatch(pass: Pass, take: (batch: Batch) => void): Promise<void> {
  const { trace, work, meter, signal } = pass
  let requests = 0
  for await (const batch of trace.read()) {
    if (signal?.aborted) throw new TerraceError('ERR_ABORTED', 'the simulation was stopped', { cause: signal.reason })
    take(batch)
    requests += batch.keys.length
    meter.during(work, trace.name, requests, batch.position)
  }
  meter.finished(work)
}

/** The error for a trace of which two passes have not seen the same. */
export function changed(trace: Trace): TerraceError {
  return invalidTrace(trace.name, '', 'changed while it was being read')
}

/** What `simulate` reports of each trace, one after the other, under names that are told apart. */
export async function reportEach<T extends { readonly trace: string }>(
  traces: readonly Trace[],
  simulate: (trace: Trace) => Promise<T>,
): Promise<T[]> {
  const reports: T[] = []
  for (const trace of traces) {
    const report = await simulate(trace)
    const names = reports.map((other) => other.trace)
    reports.push({ ...report, trace: unlike(trace.name, names) })
  }
  return reports
}

/** A trace's name, with a number where one before it has the same. */
function unlike(name: string, before: readonly string[]): string {
  const taken = new Set(before)
  let number = 1
  while (taken.has(number === 1 ? name : `${name} (${number})`)) number++
  return number === 1 ? name : `${name} (${number})`
}
