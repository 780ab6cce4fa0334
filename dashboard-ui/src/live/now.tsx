import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { CacheColumns, Point, Series, Span, Stats, Told } from '../../../src/dashboard/protocol.ts'
import { Charts } from './charts.tsx'
import { CheckedReads } from './checked-reads.tsx'
import type { Connection } from './connection.ts'
import { usePolled } from './polled.ts'
import { amount, lasting, percent } from './words.ts'

const SPANS: Readonly<Record<Span, string>> = { minute: 'Last minute', hour: 'Last hour', day: 'Last day' }

/** How it goes: a few numbers, and how they came about. */
export function Now({ connection }: { connection: Connection }): JSX.Element {
  const span = useSignal<Span>('minute')
  const series = usePolled<Series>(connection, 'series', span.value === 'minute' ? 60_000 : 10_000, {
    span: span.value,
  })
  const stats = usePolled<Stats>(connection, 'stats', 5000, { feed: '1' })
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
        value={percent(reads > 0 ? sum(({ hits }) => hits) / reads : stats?.total.reads === 0 ? null : stats?.hitRatio)}
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
      <Tile name="A fetch takes" value={lasting(now?.total.fetchP99)} note="99th percentile" />
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
