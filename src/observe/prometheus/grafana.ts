import { oneOf, readOptions, text } from '../../options.ts'
import type { Chart, Row } from './grafana-chart.ts'
import { rows } from './grafana-charts.ts'

/** Options of {@link grafanaDashboard}. */
export interface GrafanaOptions {
  /** What the dashboard is called: 1 to 100 characters. Default: `Terrace`. */
  readonly title?: string | undefined
  /**
   * Where the figures come from: `terrace/prometheus`, or `terrace/otel` by way of one of OpenTelemetry's
   * exporters for Prometheus, which name the labels `terrace_cache` and so on. Default: `prometheus`.
   */
  readonly source?: 'prometheus' | 'otel' | undefined
}

/** Grafana's grid has 24 columns. */
const COLUMNS = 24
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }

/**
 * A dashboard for Grafana 10 and later, to be imported as JSON: one for all caches and processes,
 * chosen by name and by instance.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`
 */
export function grafanaDashboard(options?: GrafanaOptions): Record<string, unknown> {
  const schema = { title: text(100), source: oneOf(['prometheus', 'otel']) }
  const { title = 'Terrace', source = 'prometheus' } = readOptions('grafanaDashboard', schema, options)
  const label = (name: string): string => (source === 'otel' ? `terrace_${name}` : name)
  return {
    title,
    uid: source === 'otel' ? 'terrace-otel' : 'terrace',
    tags: ['cache', 'terrace'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: variables(label('cache')) },
    panels: panels(rows(label)),
  }
}

function variables(cache: string): unknown[] {
  const choice = (name: string, label: string): unknown => ({
    name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query: `label_values(terrace_uptime_seconds, ${label})`, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  })
  return [
    { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
    choice('cache', cache),
    choice('instance', 'instance'),
  ]
}

function panels(all: readonly Row[]): unknown[] {
  const placed: unknown[] = []
  let y = 0
  for (const { title, charts } of all) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: at(0, y++, COLUMNS, 1),
    })
    const areStats = charts.every(({ kind }) => kind === 'stat')
    const across = areStats ? charts.length : 3
    const width = COLUMNS / across
    const height = areStats ? 4 : 8
    for (const [n, chart] of charts.entries()) {
      const row = Math.floor(n / across)
      placed.push(panel(placed.length + 1, chart, at((n % across) * width, y + row * height, width, height)))
    }
    y += Math.ceil(charts.length / across) * height
  }
  return placed
}

function at(x: number, y: number, w: number, h: number): unknown {
  return { x, y, w, h }
}

function panel(
  id: number,
  { title, description, unit, curves, kind = 'timeseries', stacked, max }: Chart,
  gridPos: unknown,
) {
  const custom = {
    fillOpacity: stacked ? 30 : 5,
    showPoints: 'never',
    ...(stacked ? { stacking: { mode: 'normal', group: 'A' } } : {}),
  }
  return {
    id,
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: { unit, min: 0, ...(max === undefined ? {} : { max }), ...(kind === 'stat' ? {} : { custom }) },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, graphMode: 'area' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: curves.map(({ expr, legend }, n) => ({
      refId: String.fromCharCode(65 + n),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  }
}
