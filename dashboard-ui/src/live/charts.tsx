import type { JSX } from 'preact'
import type { LevelColumns, Series, Told } from '../../../src/dashboard/protocol.ts'
import { toneOf } from '../stage/tone.ts'
import { Breakers } from './breakers.tsx'
import { Chart, type Line } from './chart.tsx'
import { amount, bytes, lasting, percent } from './words.ts'

/** How everything came about, over a span of time. */
export function Charts({ series, names }: { series: Series; names: readonly string[] }): JSX.Element {
  const { at, total, levels, step } = series
  const each = (pick: (level: LevelColumns<readonly Told[]>) => readonly Told[]): Line[] =>
    levels.map((level, n) => ({ label: names[n] ?? `L${n + 1}`, colour: `level-${toneOf(n)}`, values: pick(level) }))
  const perSecond = (values: readonly Told[]): Told[] =>
    values.map((value) => (value === null ? null : (value * 1000) / step))
  const shares = each(({ answered }) => answered.map((n, i) => (total.reads[i] ? (n ?? 0) / total.reads[i] : null)))
  const all = {
    label: 'all',
    colour: 'ink',
    values: total.hits.map((n, i) => (total.reads[i] ? (n ?? 0) / total.reads[i] : null)),
  }
  const own = each(({ hits, misses }) => hits.map((n, i) => ratio(n ?? 0, misses[i] ?? 0)))
  const timed = (lines: readonly Line[]): readonly Line[] => lines.filter(({ values }) => isTold(values))
  const untimed = levels.flatMap(({ latencyP50, hits, misses }, n) => {
    const isRead = [...hits, ...misses].some((value) => (value ?? 0) > 0)
    return isRead && !isTold(latencyP50) ? [names[n] ?? `L${n + 1}`] : []
  })
  const pending = total.reads.map((_, i) => levels.reduce((sum, level) => sum + (level.pending[i] ?? 0), 0))
  return (
    <div class="charts">
      <Chart title="Answered by level, of all reads" x={at} lines={[all, ...shares]} format={percent} most={1} />
      <Chart
        title="Hit ratio of each level, of the reads that reached it"
        x={at}
        lines={own}
        format={percent}
        most={1}
      />
      <Chart
        title="Reads and fetches a second"
        x={at}
        lines={[
          { label: 'reads', colour: 'accent', values: perSecond(total.reads) },
          { label: 'fetches', colour: 'earth', values: perSecond(total.fetches) },
        ]}
        format={amount}
      />
      <Chart
        title="Stale answers and refreshes a second"
        x={at}
        lines={[
          { label: 'stale answers', colour: 'warm', values: perSecond(total.stale) },
          { label: 'refreshes', colour: 'earth', values: perSecond(total.refreshes) },
        ]}
        format={amount}
      />
      {total.sourceInFlight.some((value) => value !== null) && (
        <>
          <Chart
            title="Fetches under way, and in line"
            x={at}
            lines={[
              { label: 'under way', colour: 'earth', values: total.sourceInFlight },
              { label: 'limit', colour: 'ink', values: total.sourceLimit },
              { label: 'in line', colour: 'warm', values: total.sourceQueued },
            ]}
            format={amount}
          />
          <Chart
            title="Shed and tried again a second"
            x={at}
            lines={[
              { label: 'shed', colour: 'warm', values: perSecond(total.shed) },
              { label: 'tried again', colour: 'earth', values: perSecond(total.retried) },
            ]}
            format={amount}
          />
        </>
      )}
      <Chart
        title="Latency, median"
        x={at}
        lines={[
          ...timed(each(({ latencyP50 }) => latencyP50)),
          { label: 'fetch', colour: 'earth', values: total.fetchP50 },
        ]}
        format={lasting}
        note={untimed.length === 0 ? undefined : `What ${untimed.join(' and ')} answers in memory is not timed.`}
      />
      <Chart
        title="Latency, 99th percentile"
        x={at}
        lines={[
          ...timed(each(({ latencyP99 }) => latencyP99)),
          { label: 'fetch', colour: 'earth', values: total.fetchP99 },
        ]}
        format={lasting}
      />
      {isTold(total.feedLag) && (
        <Chart
          title="Feed latency, there and back"
          x={at}
          lines={[{ label: 'the slowest process that answers', colour: 'accent', values: total.feedLag }]}
          format={lasting}
          note="Measured while this page or the fleet's is open."
        />
      )}
      <Breakers at={at} step={step} levels={levels} names={names} />
      <Chart title="Evicted a second" x={at} lines={each(({ evictions }) => perSecond(evictions))} format={amount} />
      <Chart title="Expired a second" x={at} lines={each(({ expired }) => perSecond(expired))} format={amount} />
      <Chart
        title="Failures a second"
        x={at}
        lines={[
          ...each((level) => perSecond(level.failures)),
          { label: 'fetch', colour: 'earth', values: perSecond(total.fetchFailures) },
        ]}
        format={amount}
      />
      <Chart title="Entries held" x={at} lines={each(({ size }) => size)} format={amount} />
      {levels.some(({ bytes: held }) => held.some((value) => value !== null)) && (
        <Chart title="Bytes held" x={at} lines={each(({ bytes: held }) => held)} format={bytes} />
      )}
      <Chart
        title="Unproven answers, pending invalidations"
        x={at}
        lines={[
          { label: 'unproven', colour: 'warm', values: total.unproven },
          { label: 'pending', colour: 'earth', values: pending },
        ]}
        format={amount}
      />
    </div>
  )
}

function isTold(values: readonly Told[]): boolean {
  return values.some((value) => value !== null)
}

function ratio(hits: number, misses: number): Told {
  return hits + misses === 0 ? null : hits / (hits + misses)
}
