import type { JSX } from 'preact'
import type { ExplainAnswer, LevelExplained } from '../../../src/dashboard/protocol.ts'
import { toneOf } from '../stage/tone.ts'
import { Given, isolated, printableLines, Sentence } from './given.tsx'
import { bytes, lasting, scopeWords } from './words.ts'

/** Where a key is, level by level, and why it is or is not served. */
export function Explained({
  answer,
  onInvalidate,
}: {
  answer: ExplainAnswer
  onInvalidate: ((key: string) => void) | undefined
}): JSX.Element {
  const { key, summary, levels } = answer
  return (
    <section class="card explained" aria-label="Explained">
      <header>
        <h2>
          <Given text={key} />
        </h2>
        {onInvalidate !== undefined && (
          <button type="button" onClick={() => onInvalidate(key)}>
            Invalidate
          </button>
        )}
      </header>
      <p class="sentence" aria-live="polite">
        <Given text={summary} />
      </p>
      <div class="held">
        {levels.map((level, n) => (
          <Held key={level.name} level={level} n={n} />
        ))}
      </div>
    </section>
  )
}

function upkeepFacts(upkeep: LevelExplained['upkeep']): [string, string | null][] {
  if (upkeep === null) return []
  const { freshFor, staleFor, dueIn, etag, lastModified } = upkeep
  return [
    ['fresh for', staleFor !== null ? null : freshFor === null ? 'always' : lasting(freshFor)],
    ['stale since', staleFor === null ? null : `${lasting(staleFor)} ago`],
    ['refreshed ahead', dueIn === null || staleFor !== null ? null : dueIn === 0 ? 'now' : `in ${lasting(dueIn)}`],
    ['ETag', etag && isolated(etag)],
    ['last modified', lastModified && isolated(lastModified)],
  ]
}

/** Whether something lies there that has an end or none. A level that did not answer says neither. */
function holds({ state, born }: LevelExplained): boolean {
  return state === 'unknown' ? born !== null : state !== 'absent'
}

function Held({ level, n }: { level: LevelExplained; n: number }): JSX.Element {
  const { name, state, reason, preview, floors } = level
  const facts: [string, string | null][] = [
    ['age', level.age === null ? null : lasting(level.age)],
    ['time left', !holds(level) ? null : level.ttl === null ? 'no end' : lasting(level.ttl)],
    ...upkeepFacts(level.upkeep),
    ['size', level.size === null ? null : `${bytes(level.size.bytes)}${level.size.estimated ? ', estimated' : ''}`],
    ['tags', level.tags.length === 0 ? null : level.tags.map(isolated).join(', ')],
    ['version', level.version === null ? null : String(level.version)],
    ['born in era', level.born === null ? null : String(level.born)],
    ['codec', level.codec && isolated(level.codec)],
    ['written by', level.writer && isolated(level.writer)],
  ]
  return (
    <section class={`level-${toneOf(n)} is-${state}`} aria-label={name}>
      <h3>
        {name} <span>{state}</span>
      </h3>
      {reason !== null && (
        <p class="quiet">
          <Given text={reason} />
        </p>
      )}
      <dl>
        {facts.map(([fact, text]) =>
          text === null ? null : (
            <div key={fact}>
              <dt>{fact}</dt>
              <dd>
                <Sentence text={text} />
              </dd>
            </div>
          ),
        )}
      </dl>
      {floors.length > 0 && (
        <ul class="quiet">
          {floors.map(({ scope, era, bars }) => (
            <li key={JSON.stringify(scope)}>
              <Sentence
                text={`${scopeWords(scope)} was invalidated in era ${era}${bars ? ': it must not be served' : ''}`}
              />
            </li>
          ))}
        </ul>
      )}
      {preview !== null && (
        <pre>
          {printableLines(preview.text)}
          {preview.cut ? ' …' : ''}
        </pre>
      )}
      {preview?.masked === true && <p class="quiet">Some of it is masked.</p>}
    </section>
  )
}
