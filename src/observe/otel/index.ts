export type { Observed, ObservedCaches } from '../observed.ts'
export { type MeterOptions, meterCaches } from './metrics.ts'
export { type TraceCachesOptions, traceCaches } from './traces.ts'
