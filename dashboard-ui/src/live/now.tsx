import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { CacheColumns, LevelColumns, Point, Series, Span, Stats, Told } from '../../../src/dashboard/protocol.ts'
import { Chart, type Line } from './chart.tsx'
import { CheckedReads } from './checked-reads.tsx'
import type { Connection } from './connection.ts'
import { usePolled } from './polled.ts'
import { amount, bytes, lasting, percent } from './words.ts'

const SPANS: Readonly<Record<Span, string>> = { minute: 'Last minute', hour: 'Last hour', day: 'Last day' }

/** How it goes: a few numbers, and how they came about. */
export function Now({ connection }: { connection: Connection }): JSX.Element {
  const span = useSignal<Span>('minute')
  const series = usePolled<Series>(connection, 'series', span.value === 'minute' ? 60_000 : 10_000, {
    span: span.value,
  })
  const stats = usePolled<Stats>(connection, 'stats', 5000)
  const shown = series.data.value
  const film =
    shown === undefined ? undefined : span.value === 'minute' ? extended(shown, connection.points.value) : shown
  return (
    <div class="now">
      <Tiles points={connection.points.value} stats={stats.data.value} />
      <CheckedReads verified={stats.data.value?.verified ?? null} />
      <fieldset class="choices">
        <legend class="hidden">Span of time</legend>
        {(Object.keys(SPANS) as Span[]).map((name) => (
          <button key={name} type="button" aria-pressed={span.value === name} onClick={() => (span.value = name)}>
            {SPANS[name]}
          </button>
        ))}
      </fieldset>
      <p class="error" role="alert">
        {series.error}
      </p>
      {film === undefined ? (
        <p class="quiet">Asking …</p>
      ) : (
        <Charts series={film} names={connection.cache.value?.levels ?? []} />
      )}
    </div>
  )
}

function Tiles({ points, stats }: { points: readonly Point[]; stats: Stats | undefined }): JSX.Element {
  const last = points.slice(-10)
  const sum = (pick: (total: CacheColumns<Told>) => Told): number =>
    last.reduce((all, { total }) => all + (pick(total) ?? 0), 0)
  const seconds = last.reduce((all, { length }) => all + length, 0) / 1000
  const rate = (pick: (total: CacheColumns<Told>) => Told): Told => (seconds === 0 ? null : sum(pick) / seconds)
  const reads = sum(({ reads }) => reads)
  const now = last.at(-1)
  const open = stats?.levels.filter(({ breakerState }) => breakerState !== 'closed') ?? []
  return (
    <dl class="tiles">
      <Tile
        name="Hit ratio"
        value={percent(reads === 0 ? stats?.hitRatio : sum(({ hits }) => hits) / reads)}
        note={reads === 0 ? 'since the start' : `of the last ${Math.round(seconds)} s`}
      />
      <Tile
        name="Reads a second"
        value={amount(rate(({ reads }) => reads))}
        note={`${amount(stats?.total.reads)} in all`}
      />
      <Tile
        name="Fetches a second"
        value={amount(rate(({ fetches }) => fetches))}
        note={`${amount(stats?.total.fetches)} in all`}
      />
      <Tile
        name="Stale answers a second"
        value={amount(rate(({ stale }) => stale))}
        note={`${amount(stats?.total.stale)} in all`}
        isBad={sum(({ stale }) => stale) > 0}
      />
      <Tile
        name="Refreshes a second"
        value={amount(rate(({ refreshes }) => refreshes))}
        note={`${amount(stats?.total.refreshes)} in all`}
      />
      <Tile name="A fetch takes" value={lasting(now?.total.fetchP99 ?? now?.total.fetchMean)} note="99th percentile" />
      <Tile
        name="Levels"
        value={open.length === 0 ? 'all answer' : `${open.length} of ${stats?.levels.length} not asked`}
        note={open.length === 0 ? `up ${lasting(stats?.uptime)}` : open.map(({ name }) => name).join(', ')}
        isBad={open.length > 0}
      />
      {now !== undefined && now.total.sourceInFlight !== null && <SourceTile total={now.total} all={stats?.total} />}
    </dl>
  )
}

/** How the source is being spared, at this moment. */
function SourceTile({ total, all }: { total: CacheColumns<Told>; all: CacheColumns<Told> | undefined }): JSX.Element {
  const { sourceLimit, sourceInFlight, sourceQueued, shed } = total
  const of = sourceLimit === null ? '' : ` of ${amount(sourceLimit)}`
  return (
    <Tile
      name="Fetches under way"
      value={`${amount(sourceInFlight)}${of}`}
      note={`${amount(sourceQueued)} in line, ${amount(all?.shed)} shed, ${amount(all?.retried)} retried in all`}
      isBad={(shed ?? 0) > 0}
    />
  )
}

function Tile({
  name,
  value,
  note,
  isBad = false,
}: {
  name: string
  value: string
  note: string
  isBad?: boolean
}): JSX.Element {
  return (
    <div class={`card tile${isBad ? ' bad' : ''}`}>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        <span>{note}</span>
      </dd>
    </div>
  )
}

function Charts({ series, names }: { series: Series; names: readonly string[] }): JSX.Element {
  const { at, total, levels, step } = series
  const each = (pick: (level: LevelColumns<readonly Told[]>) => readonly Told[]): Line[] =>
    levels.map((level, n) => ({ label: names[n] ?? `L${n + 1}`, colour: `level-${(n % 4) + 1}`, values: pick(level) }))
  const perSecond = (values: readonly Told[]): Told[] =>
    values.map((value) => (value === null ? null : (value * 1000) / step))
  const shares = each(({ answered }) => answered.map((n, i) => (total.reads[i] ? (n ?? 0) / total.reads[i] : null)))
  const all = {
    label: 'all',
    colour: 'ink',
    values: total.hits.map((n, i) => (total.reads[i] ? (n ?? 0) / total.reads[i] : null)),
  }
  const latencies = each(({ latencyP99 }) => latencyP99).filter(({ values }) => values.some((value) => value !== null))
  const gone = levels.map((_, n) => levels[n]!.evictions.map((value, i) => add(value, levels[n]!.expired[i] ?? null)))
  const pending = total.reads.map((_, i) => levels.reduce((sum, level) => sum + (level.pending[i] ?? 0), 0))
  return (
    <div class="charts">
      <Chart title="Answered by level, of all reads" x={at} lines={[all, ...shares]} format={percent} most={1} />
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
        title="Latency, 99th percentile"
        x={at}
        lines={[...latencies, { label: 'fetch', colour: 'earth', values: total.fetchP99 }]}
        format={lasting}
      />
      <Chart
        title="Evicted and expired a second"
        x={at}
        lines={each((level) => perSecond(gone[levels.indexOf(level)]!))}
        format={amount}
      />
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

function add(a: Told, b: Told): Told {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0)
}

/** A series with the points that came since. */
function extended(series: Series, points: readonly Point[]): Series {
  const fresh = points.filter(({ at }) => at > (series.at.at(-1) ?? 0))
  if (fresh.length === 0) return series
  return {
    ...series,
    at: [...series.at, ...fresh.map(({ at }) => at)].slice(-60),
    total: columns(
      series.total,
      fresh.map(({ total }) => total),
    ),
    levels: series.levels.map((level, n) =>
      columns(
        level,
        fresh.map(({ levels }) => levels[n]!),
      ),
    ),
  }
}

function columns<T extends Readonly<Record<keyof T, readonly Told[]>>>(
  all: T,
  fresh: readonly { readonly [K in keyof T]: Told }[],
): T {
  const names = Object.keys(all) as (keyof T)[]
  return Object.fromEntries(
    names.map((name) => [name, [...all[name], ...fresh.map((each) => each[name] ?? null)].slice(-60)]),
  ) as unknown as T
}
