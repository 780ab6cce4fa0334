/** A curve, or one for each value of its labels. */
interface Curve {
  readonly expr: string
  readonly legend: string
}

export interface Chart {
  readonly title: string
  readonly description: string
  readonly unit: string
  readonly curves: readonly Curve[]
  readonly kind?: 'timeseries' | 'stat'
  readonly stacked?: boolean
  readonly max?: number
}

export interface Row {
  readonly title: string
  readonly charts: readonly Chart[]
}

/** A chart of one figure. */
export function stat(title: string, description: string, unit: string, expr: string): Chart {
  return { title, description, unit, kind: 'stat', curves: [{ expr, legend: '' }] }
}
