import { TerraceError } from '../errors.ts'
import { changed, eachBatch, reportEach } from './each-batch.ts'
import { openTrace } from './open-trace.ts'
import { ProgressMeter, type Work } from './progress.ts'
import { meansOf, type Report, type TraceReport } from './report.ts'
import { Run } from './run.ts'
import { type SimulateOptions, type SimulationPlan, simulationPlan } from './simulation-plan.ts'
import { boundOf, type Size } from './size.ts'
import { type Survey, Surveyor } from './survey.ts'
import { invalidTrace, type Trace } from './trace.ts'

/**
 * Replays request traces against real caches and reports their hit ratios.
 *
 * A request is `get(key)` and, on a miss, `set(key, …)`; caches start empty, nothing expires, every
 * request counts. All caches of a trace replay it side by side in one pass, batch by batch. Before
 * it goes one more pass that counts distinct keys, where a size is a share of them or is in bytes,
 * or the optimum is asked for. Memory: the caches themselves, one batch, and for the first pass 16
 * to 32 bytes a distinct key, with the optimum 4 more, 4 bytes a request and a bit a request and size.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for wrong options,
 * `ERR_TRACE_INVALID` for a trace that cannot be read, `ERR_UNSUPPORTED` for one too large to
 * survey, `ERR_ABORTED` when `signal` aborts.
 */
export async function simulate(options: SimulateOptions): Promise<Report> {
  const plan = simulationPlan(options)
  const traces: Trace[] = []
  for (const input of plan.traces) traces.push(await openTrace(input, plan.keys))
  for (const trace of traces) requireSizes(trace, plan.sizes)
  const meter = new ProgressMeter(
    traces.flatMap((trace) => passes(trace, plan)),
    plan.onProgress,
  )
  const reports = await reportEach(traces, (trace) => simulateTrace(trace, plan, meter))
  return { seed: plan.seed, traces: reports, means: meansOf(reports.flatMap((report) => report.means)) }
}

async function simulateTrace(trace: Trace, plan: SimulationPlan, meter: ProgressMeter): Promise<TraceReport> {
  const works = passes(trace, plan)
  const surveyWork = works.find(({ pass }) => pass === 'survey')
  const survey = surveyWork && (await surveyed(trace, plan, meter, surveyWork))
  const runs = plan.contenders.flatMap((contender) =>
    plan.sizes.map((size) => new Run(contender, size, boundOf(size, survey), survey, plan.seed)),
  )
  try {
    const total = { requests: 0, bytes: 0 }
    await eachBatch({ trace, work: works.at(-1)!, meter, signal: plan.signal }, (batch) => {
      total.requests += batch.keys.length
      for (let i = 0; i < (batch.sizes?.length ?? 0); i++) total.bytes += batch.sizes![i]!
      if (survey !== undefined && total.requests > survey.requests) throw changed(trace)
      for (const run of runs) run.replay(batch)
    })
    if (survey !== undefined && total.requests !== survey.requests) throw changed(trace)
    if (total.requests === 0) throw invalidTrace(trace.name, '', 'holds no requests')
    const requestedBytes = trace.sized ? total.bytes : null
    const cells = runs.map((run) => run.report(total.requests, requestedBytes))
    const distinctKeys = survey?.distinctKeys ?? null
    return { trace: trace.name, requests: total.requests, distinctKeys, requestedBytes, cells, means: meansOf(cells) }
  } finally {
    for (const run of runs) run.close()
  }
}

function passes(trace: Trace, plan: SimulationPlan): readonly Work[] {
  const { bytes } = trace
  const cells = plan.contenders.length * plan.sizes.length
  const replay: Work = { pass: 'replay', bytes, cells }
  const needed = hasOptimum(plan) || plan.sizes.some(({ unit }) => unit !== 'entries')
  return needed ? [{ pass: 'survey', bytes, cells: 0 }, replay] : [replay]
}

async function surveyed(trace: Trace, plan: SimulationPlan, meter: ProgressMeter, work: Work): Promise<Survey> {
  const surveyor = new Surveyor(hasOptimum(plan))
  await eachBatch({ trace, work, meter, signal: plan.signal }, (batch) => surveyor.take(batch))
  return surveyor.survey()
}

function hasOptimum(plan: SimulationPlan): boolean {
  return plan.contenders.some(({ policy }) => policy === undefined)
}

function requireSizes(trace: Trace, sizes: readonly Size[]): void {
  const inBytes = sizes.find(({ unit }) => unit === 'bytes')
  if (inBytes === undefined || trace.sized) return
  throw new TerraceError(
    'ERR_OPTION_INVALID',
    `simulate: the size '${inBytes.label}' is in bytes, but ${trace.name} has no sizes`,
  )
}
