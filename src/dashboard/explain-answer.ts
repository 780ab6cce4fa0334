import type { Explanation, LevelExplanation } from '../cache/explain.ts'
import { told } from './interval.ts'
import { scopeText } from './key-text.ts'
import type { ExplainAnswer, LevelExplained, UpkeepExplained } from './protocol.ts'

/** An explanation as JSON can say it. `levels`: the names of the cache's levels. */
export function explainAnswer(
  { key, servedBy, flight, summary, levels }: Explanation,
  names: readonly string[],
): Omit<ExplainAnswer, 'cache' | 'at'> {
  return {
    key,
    servedBy: servedBy === undefined ? null : names.indexOf(servedBy),
    flight: flight ?? null,
    summary,
    levels: levels.map(explained),
  }
}

function upkeepExplained(upkeep: LevelExplanation['upkeep']): UpkeepExplained | null {
  if (upkeep === undefined) return null
  const { age, freshFor, staleFor, dueIn, etag, lastModified } = upkeep
  return {
    age: told(age),
    freshFor: told(freshFor),
    staleFor: told(staleFor),
    dueIn: told(dueIn),
    etag: etag ?? null,
    lastModified: lastModified ?? null,
  }
}

function explained(level: LevelExplanation): LevelExplained {
  const { name, state, reason, found, ttl, age, size, tags, version, born, floors, codec, writer, preview } = level
  return {
    name,
    state,
    reason: reason ?? null,
    found,
    ttl: told(ttl),
    upkeep: upkeepExplained(level.upkeep),
    age: told(age),
    size: size ?? null,
    tags,
    version: told(version),
    born: told(born),
    floors: floors.map(({ scope, era, by }) => ({
      scope: scopeText(scope),
      era,
      by: by ?? null,
      bars: born !== undefined && born < era,
    })),
    codec: codec ?? null,
    writer: writer ?? null,
    preview: preview ?? null,
  }
}
