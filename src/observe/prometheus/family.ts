import {
  EVENTS_COUNTED,
  FETCH_DURATION,
  INSTRUMENTS,
  type Instrument,
  LEVEL_DURATION,
  type Timing,
} from '../instruments.ts'

/** One figure of a family. */
export interface Sample {
  /** What comes after the family's name: `_bucket`, `_sum`, `_count`, or nothing. */
  readonly suffix: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** All figures of one name. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Names of all labels its samples may have. */
  readonly labels: readonly string[]
  /** How prom-client adds up the figures of several workers of one server. */
  readonly aggregator: 'sum' | 'max'
}

const SUFFIX: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' }

/** Names as OpenTelemetry's exporters for Prometheus make them of the same instruments, so that one dashboard shows both. */
export function family({
  name,
  kind,
  unit,
  help,
  labels,
}: Pick<Instrument, 'name' | 'kind' | 'unit' | 'help' | 'labels'>): Family {
  const isCounter = kind === 'counter'
  return {
    name: `${name.replaceAll('.', '_')}${SUFFIX[unit] ?? ''}${isCounter ? '_total' : ''}`,
    type: isCounter ? 'counter' : 'gauge',
    help,
    labels: ['cache', ...labels],
    aggregator: kind === 'gauge' ? 'max' : 'sum',
  }
}

/** The same for durations. */
export function timingFamily({ name, help, labels }: Timing): Family {
  return {
    name: `${name.replaceAll('.', '_')}_seconds`,
    type: 'histogram',
    help,
    labels: ['cache', ...labels, 'le'],
    aggregator: 'sum',
  }
}

/** Every family there is, in the order in which they are shown. */
export const FAMILIES: readonly Family[] = [
  ...INSTRUMENTS.map(family),
  family(EVENTS_COUNTED),
  timingFamily(LEVEL_DURATION),
  timingFamily(FETCH_DURATION),
]

/** The text format of Prometheus, version 0.0.4. */
export function textOf(families: Iterable<readonly [Family, readonly Sample[]]>): string {
  let text = ''
  for (const [{ name, type, help }, samples] of families) {
    if (samples.length === 0) continue
    text += `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`
    for (const { suffix, labels, value } of samples)
      text += `${name}${suffix}{${labelsText(labels)}} ${number(value)}\n`
  }
  return text
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')
}

/** Names of caches and levels are any text: nothing in one may end its label or its line. */
function escaped(value: string): string {
  return value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
