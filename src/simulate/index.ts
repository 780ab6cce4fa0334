export type { Advice, AdvisedLevel, AdvisedSetup, CurvePoint, LevelVerdict, SampleReport } from './advise/advice.ts'
export { advicePage } from './advise/advice-page.ts'
export { adviceText } from './advise/advice-text.ts'
export { advise } from './advise/advise.ts'
export type { AdviseOptions, Goal } from './advise/advise-plan.ts'
export { chartPage } from './chart-page.ts'
export { type SimulatedPolicy, simulatedPolicyNames } from './contender.ts'
export { levelsPage } from './levels/levels-page.ts'
export type { SimulateLevelsOptions } from './levels/levels-plan.ts'
export type {
  CostReport,
  LatencyReport,
  LevelReport,
  LevelsReport,
  LevelsTraceReport,
  SetupReport,
} from './levels/levels-report.ts'
export { levelsTable } from './levels/levels-table.ts'
export type { SimulatedLevel, SimulatedSetup, SimulatedSource } from './levels/setup.ts'
export { simulateLevels } from './levels/simulate-levels.ts'
export type { Balance } from './levels/traffic.ts'
export type { TrafficOptions } from './levels/traffic-options.ts'
export { openTrace } from './open-trace.ts'
export type { Progress } from './progress.ts'
export type { CellReport, MeanReport, Report, TraceReport } from './report.ts'
export { simulate } from './simulate.ts'
export type { SimulateOptions } from './simulation-plan.ts'
export type { SimulatedSize } from './size.ts'
export { reportTable } from './table.ts'
export type { Batch, KeyKind, Trace, TraceFile, TraceFormat, TraceInput, TraceKeys } from './trace.ts'
