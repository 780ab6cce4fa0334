export { type BackgroundFailure, FakeWorld } from './fake-world.ts'
export { type Behaviour, type Fault, type FaultyOperation, type FaultyOptions, faulty } from './faulty-level.ts'
export { type LevelConformanceOptions, levelConformance } from './level-conformance.ts'
export { type PolicyConformanceOptions, policyConformance, type TestRunner } from './policy-conformance.ts'
