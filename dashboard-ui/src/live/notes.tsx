import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Connection } from './connection.ts'
import { Sentence } from './given.tsx'
import { type Note, noted } from './noted.ts'

/** What has gone wrong since the page is open, or was served although it was old: one line for each kind. */
export function Notes({ connection }: { connection: Connection }): JSX.Element {
  const notes = useSignal<readonly Note[]>([])
  const cache = connection.cacheName.value
  useEffect(() => {
    notes.value = []
    return connection.activity.subscribe((seen) => {
      if (seen !== undefined) notes.value = noted(notes.peek(), seen, connection.cache.peek()?.levels ?? [])
    })
  }, [cache])
  return (
    <section class="card notes" aria-label="Worth knowing">
      <header>
        <h2>Worth knowing</h2>
      </header>
      {notes.value.length === 0 ? (
        <p class="quiet">Nothing has gone wrong since this page was opened.</p>
      ) : (
        <ol>
          {notes.value.map(({ kind, text, at, times }) => (
            <li key={kind}>
              <time dateTime={new Date(at).toISOString()}>
                {new Date(at).toLocaleTimeString('en', { hourCycle: 'h23' })}
              </time>
              <span>
                <Sentence text={text} />
              </span>
              <b>{times === 1 ? '' : `${times} times`}</b>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
