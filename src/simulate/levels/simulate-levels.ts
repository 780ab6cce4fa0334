import { TerraceError } from '../../errors.ts'
import { changed, eachBatch, reportEach } from '../each-batch.ts'
import { openTrace } from '../open-trace.ts'
import { ProgressMeter, type Work } from '../progress.ts'
import { invalidTrace, type Trace, type TraceInput } from '../trace.ts'
import { shownLatency } from './latency.ts'
import { type LevelsPlan, levelsPlan, type SimulateLevelsOptions } from './levels-plan.ts'
import type { LevelsReport, LevelsTraceReport } from './levels-report.ts'
import type { SetupPlan } from './setup.ts'
import { SetupRun } from './setup-run.ts'
import { levelBound, type TrafficSurvey, TrafficSurveyor } from './traffic-survey.ts'
import { UniformTrace } from './uniform-trace.ts'

/**
 * Replays request traces against set-ups of several levels and reports which level answers how much,
 * what reads take by the latencies given, and what they cost.
 *
 * Each level is a real `MemoryCache`, or one for each application server. A request goes down the
 * levels of one server; what is found goes up into all levels above, what is fetched into all. Caches
 * start empty, requests come one after another, every request counts. All set-ups replay a trace side
 * by side in one pass, batch by batch; before it goes one more that counts keys, where a size is a
 * share of them or in bytes.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for wrong options,
 * `ERR_TRACE_INVALID` for a trace that cannot be read, `ERR_UNSUPPORTED` for one too large to
 * survey, `ERR_ABORTED` when `signal` aborts.
 */
export async function simulateLevels(options: SimulateLevelsOptions): Promise<LevelsReport> {
  const plan = levelsPlan(options)
  const traces: Trace[] = []
  for (const input of plan.traces) traces.push(await sizedTrace(input, plan))
  for (const trace of traces) requireSizes(trace, plan.setups)
  const meter = new ProgressMeter(
    traces.flatMap((trace) => passes(trace, plan)),
    plan.onProgress,
  )
  const reports = await reportEach(traces, (trace) => simulateTrace(trace, plan, meter))
  const { seed, balance, rate, ttl, writes } = plan.traffic
  return {
    seed,
    balance,
    rate: rate ?? null,
    ttl: ttl === Number.POSITIVE_INFINITY ? null : ttl,
    writes,
    assumed: assumptions(plan.setups),
    traces: reports,
  }
}

/** A trace, with `valueSize` for all its values where it has no sizes. @throws TerraceError */
export async function sizedTrace(
  input: TraceInput,
  { keys, valueSize }: Pick<LevelsPlan, 'keys' | 'valueSize'>,
): Promise<Trace> {
  const trace = await openTrace(input, keys)
  if (valueSize === undefined) return trace
  if (!trace.sized) return new UniformTrace(trace, valueSize)
  throw new TerraceError('ERR_OPTION_INVALID', `valueSize: ${trace.name} has sizes of its own`)
}

/** Latencies that nobody has given, in words. */
function assumptions(setups: readonly SetupPlan[]): readonly string[] {
  const all = setups.flatMap(({ levels, source }) => [...levels, { ...source, name: 'source' }])
  const words = all.filter(({ assumed }) => assumed).map(({ name, latency }) => `${name} ${shownLatency(latency)}`)
  return [...new Set(words)]
}

async function simulateTrace(trace: Trace, plan: LevelsPlan, meter: ProgressMeter): Promise<LevelsTraceReport> {
  const { signal, traffic } = plan
  const works = passes(trace, plan)
  const surveyor = works.length > 1 ? new TrafficSurveyor() : undefined
  if (surveyor !== undefined) {
    await eachBatch({ trace, work: works[0]!, meter, signal }, (batch) => surveyor.take(batch))
  }
  const survey = surveyor?.survey()
  const runs = plan.setups.map((setup) => new SetupRun(setup, boundsOf(setup, survey), traffic))
  try {
    const total = { requests: 0, bytes: 0 }
    await eachBatch({ trace, work: works.at(-1)!, meter, signal }, (batch) => {
      total.requests += batch.keys.length
      for (let i = 0; i < (batch.sizes?.length ?? 0); i++) total.bytes += batch.sizes![i]!
      if (survey !== undefined && total.requests > survey.requests) throw changed(trace)
      for (const run of runs) run.replay(batch)
    })
    if (survey !== undefined && total.requests !== survey.requests) throw changed(trace)
    if (total.requests === 0) throw invalidTrace(trace.name, '', 'holds no requests')
    return {
      trace: trace.name,
      requests: total.requests,
      distinctKeys: survey?.distinctKeys ?? null,
      requestedBytes: trace.sized ? total.bytes : null,
      setups: runs.map((run) => run.report(total.requests, trace.sized)),
    }
  } finally {
    for (const run of runs) run.close()
  }
}

function boundsOf(setup: SetupPlan, survey: TrafficSurvey | undefined): ReturnType<typeof levelBound>[] {
  return setup.levels.map(({ size, overhead }) => levelBound(size!, overhead, survey))
}

function passes({ bytes }: Trace, plan: LevelsPlan): readonly Work[] {
  const cells = plan.setups.reduce((sum, { levels }) => sum + levels.length, 0)
  const replay: Work = { pass: 'replay', bytes, cells }
  const sizes = plan.setups.flatMap(({ levels }) => levels.map(({ size }) => size!))
  return sizes.some(({ unit }) => unit !== 'entries') ? [{ pass: 'survey', bytes, cells: 0 }, replay] : [replay]
}

function requireSizes(trace: Trace, setups: readonly SetupPlan[]): void {
  const sizes = setups.flatMap(({ levels }) => levels.map(({ size }) => size!))
  const inBytes = sizes.find(({ unit }) => unit === 'bytes')
  if (inBytes === undefined || trace.sized) return
  throw new TerraceError(
    'ERR_OPTION_INVALID',
    `simulateLevels: the size '${inBytes.label}' is in bytes, but ${trace.name} has no sizes; give the size of a value (valueSize), such as 2kb`,
  )
}
