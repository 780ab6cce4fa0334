import type { CDPSession } from 'playwright-core'

/** What a page holds at a moment. */
export interface Holding {
  /** Bytes of JavaScript, after a collection. */
  readonly heap: number
  readonly nodes: number
  readonly listeners: number
  readonly documents: number
}

/** Collects what nobody holds, then counts. `Performance` must be enabled. */
export async function holdingOf(cdp: CDPSession): Promise<Holding> {
  // What a collection finds may be held by what the next one finds.
  for (let times = 0; times < 3; times++) await cdp.send('HeapProfiler.collectGarbage')
  const { metrics } = await cdp.send('Performance.getMetrics')
  const of = (name: string): number => metrics.find((metric) => metric.name === name)!.value
  return {
    heap: of('JSHeapUsedSize'),
    nodes: of('Nodes'),
    listeners: of('JSEventListeners'),
    documents: of('Documents'),
  }
}

/** How much each grows from one to the next, on average: least squares. */
export function slopes(holdings: readonly Holding[]): Holding {
  const middle = (holdings.length - 1) / 2
  const spread = holdings.reduce((sum, _, n) => sum + (n - middle) ** 2, 0)
  const slope = (of: (holding: Holding) => number): number =>
    holdings.reduce((sum, holding, n) => sum + (n - middle) * of(holding), 0) / Math.max(1, spread)
  return {
    heap: slope(({ heap }) => heap),
    nodes: slope(({ nodes }) => nodes),
    listeners: slope(({ listeners }) => listeners),
    documents: slope(({ documents }) => documents),
  }
}
