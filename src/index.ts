export type { Advice, Curve, LevelAdvice, NamespaceAdvice } from './advice/advice.ts'
export type { AdviceOptions } from './advice/advice-options.ts'
export type {
  BatchAnswer,
  BatchFetcher,
  Fetcher,
  FetchOptions,
  IncrementOptions,
  ReadOptions,
  Result,
  SetOptions,
  StatsOptions,
} from './cache/calls.ts'
export type { Coverage } from './cache/coverage.ts'
export type { InvalidationEstimate, LevelEstimate } from './cache/estimate.ts'
export type { ExplainOptions, Explanation, LevelExplanation, UpkeepExplanation } from './cache/explain.ts'
export type { BatchContext, FetchContext, StaleCopy } from './cache/fetch-context.ts'
export type { DryRunOptions, InvalidateOptions, InvalidationProgress } from './cache/invalidation-options.ts'
export type { NamespaceOptions } from './cache/namespace.ts'
export type { TraceOptions } from './cache/observing.ts'
export type { RestoreOptions, RestoreReport } from './cache/saved/restore.ts'
export type { SaveOptions, SaveReport } from './cache/saved/save.ts'
export type { SettleOptions } from './cache/shut-down.ts'
export type { FreshnessOptions } from './cache/terms.ts'
export {
  type FetchHeaders,
  type NodeHeaders,
  sendToken,
  TOKEN_HEADER,
  type TokenSource,
  type TokenTarget,
  type TokenTeller,
  tokenIn,
} from './cache/token-header.ts'
export type { WarmOptions } from './cache/warm/options.ts'
export type { WarmReport } from './cache/warm/report.ts'
export type { LevelResult, WriteResult } from './cache/write.ts'
export { createCache, type MultiLevelCache } from './cache.ts'
export type { Duration } from './duration.ts'
export {
  type Answer,
  doNotKeep,
  type Failed,
  type Found,
  type FoundOptions,
  found,
  type KeepOptions,
  type NotFound,
  type NotModified,
  notFound,
} from './entry/answer.ts'
export type { Entry } from './entry/entry.ts'
export type { Era } from './entry/era.ts'
export type { Finding, Floor } from './entry/finding.ts'
export { ABSENT } from './entry/held.ts'
export type { Inconsistency, Side } from './entry/inconsistency.ts'
export type { LevelUse, LevelUses } from './entry/level-use.ts'
export type { Mark, Position } from './entry/position.ts'
export type { Mask, Preview } from './entry/preview.ts'
export type { Scope } from './entry/scope.ts'
export type { StandardIssue, StandardResult, StandardSchema } from './entry/standard-schema.ts'
export { type ErrorCode, TerraceError } from './errors.ts'
export {
  type Backend,
  type BreakerState,
  type CacheEvent,
  type CallName,
  EVENT_TYPES,
  type EventOf,
  type EventType,
  type FetchPriority,
  type LeftUndone,
  type LevelOperation,
  type Observer,
  type StaleReason,
  type Tracer,
  type Work,
  type WorkDone,
} from './events.ts'
export type { Feed, FeedContext, FeedFactory, FeedListener } from './feeds/feed.ts'
export type { AdaptiveOptions, RetryOptions, SourceOptions } from './governor/source-options.ts'
export {
  type Amends,
  type ClusterInfo,
  type ClusterNode,
  type Divides,
  type Explains,
  type Follower,
  type Hearing,
  type Informs,
  type Inspection,
  type Inspects,
  type Keeping,
  type KeyTap,
  type Lease,
  type Leases,
  type Level,
  type LevelContext,
  type LevelFactory,
  type LevelQueue,
  type LevelTraits,
  type Measure,
  type Near,
  NO_TRAITS,
  type Positions,
  type Reading,
  type Scans,
  type ServerInfo,
  type Share,
  type ShareFigures,
  type Shares,
  type Sheds,
  type Sized,
  type Taps,
  Unsettled,
} from './level.ts'
export { memory } from './memory/memory.ts'
export type { MemoryOptions } from './memory/memory-options.ts'
export type { Protection } from './memory/protected-level.ts'
export type { PublishedEvent, PublishedWork } from './observe/channels.ts'
export type { HitSampler } from './observe/hit-samplings.ts'
export type { CacheStats, Latency, LevelStats, NamespaceStats, SourceStats } from './observe/stats.ts'
export type {
  Offender,
  UnknownReason,
  VerifiedAgainst,
  VerifiedStats,
  VerifiedWithin,
} from './observe/verified.ts'
export type { CacheOptions } from './plan.ts'
export type { PolicyName } from './policies/index.ts'
export type { Policy, PolicyContext, PolicyCounts, PolicyFactory, PolicyQueue, Slot } from './policies/policy.ts'
export type { FleetNode, FleetWatch } from './presence/fleet-watch.ts'
export type { PresentLevel } from './presence/presence.ts'
export type { Rank } from './rank.ts'
export type { Box } from './remote/box.ts'
export { type AsyncCustomOptions, type AsyncStore, type CustomOptions, fromAsync } from './remote/from-async.ts'
export { fromSync, type SyncCustomOptions, type SyncStore } from './remote/from-sync.ts'
export type { Listening, Meeting } from './stores/meeting.ts'
export type { Verification } from './verify/verification.ts'
export type { VerifyOptions, VerifySource } from './verify/verify-options.ts'
export type { WaitUntil } from './world/watched-world.ts'
export type { World } from './world/world.ts'
export type { BehindOptions, FailedWrite } from './wrapping/behind-options.ts'
export type { FetchingCache, InvalidatedCache } from './wrapping/cache-verbs.ts'
export { type CachedDecorator, cached } from './wrapping/cached.ts'
export { type GatheredAnswer, type GatheredFetcher, type GatheredOptions, gathered } from './wrapping/gathered.ts'
export {
  type InvalidatesDecorator,
  type InvalidatingOptions,
  invalidates,
  invalidating,
} from './wrapping/invalidating.ts'
export type { Pair, Source, Through, Versions, WriteContext } from './wrapping/source.ts'
export type { ThroughOptions } from './wrapping/through.ts'
export type { Wrapped, WrappedOf } from './wrapping/wrap.ts'
export type { FoundBy, ResultOf, WrapOptions, WrapOptionsOf } from './wrapping/wrapping.ts'
