export { systemWorld } from '../world/system-world.ts'
export type { World } from '../world/world.ts'
export { type BackgroundFailure, FakeWorld } from './fake-world.ts'
export type { LevelFaults } from './fault-conformance.ts'
export { type Behaviour, type Fault, type FaultyOperation, type FaultyOptions, faulty } from './faulty-level.ts'
export { type LevelConformanceOptions, levelConformance } from './level-conformance.ts'
export { type PolicyConformanceOptions, policyConformance, type TestRunner } from './policy-conformance.ts'
export {
  type CallFate,
  type LedgerCall,
  type LedgerNotice,
  type SimulatedConnection,
  SimulatedLedger,
} from './simulated-ledger.ts'
export {
  type LedgerSnapshot,
  SimulatedLedgerServer,
  type SimulatedLedgerServerOptions,
} from './simulated-ledger-server.ts'
