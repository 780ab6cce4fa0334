import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { printable } from '../../../src/printable.ts'
import { Bar } from '../bar.tsx'
import { AdviceView } from './advice.tsx'
import { Connection, type Standing } from './connection.ts'
import { FleetView } from './fleet.tsx'
import { Keys } from './keys.tsx'
import { LevelsView } from './levels.tsx'
import { Now } from './now.tsx'

const VIEWS = { now: 'Now', levels: 'Levels', keys: 'Keys', fleet: 'Fleet', advice: 'Advice' } as const
type View = keyof typeof VIEWS

const STANDINGS: Readonly<Record<Standing, string>> = {
  connecting: 'connecting …',
  live: 'live',
  lost: 'connection lost, trying again',
  closed: 'the cache is closed, trying again',
}

/** The dashboard of running caches. */
export function App(): JSX.Element {
  const connection = useMemo(() => new Connection(), [])
  const view = useSignal<View>(viewOf(location.hash))
  useEffect(() => {
    void connection.open()
    const turn = (): void => {
      view.value = viewOf(location.hash)
    }
    addEventListener('hashchange', turn)
    return () => removeEventListener('hashchange', turn)
  }, [])
  const name = connection.cacheName.value
  const wantsActivity = connection.wantsActivity.value
  useEffect(() => (name === '' ? undefined : connection.listen(name, wantsActivity)), [name, wantsActivity])
  const { session, standing, problem } = connection
  return (
    <>
      <Bar>
        <nav aria-label="Views">
          {(Object.keys(VIEWS) as View[]).map((each) => (
            <a key={each} href={`#${each}`} aria-current={view.value === each ? 'page' : undefined}>
              {VIEWS[each]}
            </a>
          ))}
        </nav>
        {session.value !== undefined && session.value.caches.length > 1 && (
          <select
            aria-label="Cache"
            value={name}
            onChange={(event) => (connection.cacheName.value = event.currentTarget.value)}
          >
            {session.value.caches.map((cache) => (
              <option key={cache.name} value={cache.name}>
                {printable(cache.name)}
              </option>
            ))}
          </select>
        )}
        <span class={`standing ${standing.value}`} role="status">
          {STANDINGS[standing.value]}
        </span>
      </Bar>
      <main class="views">
        <p class="error" role="alert">
          {problem}
        </p>
        {session.value !== undefined && <Shown view={view.value} connection={connection} />}
      </main>
    </>
  )
}

function Shown({ view, connection }: { view: View; connection: Connection }): JSX.Element {
  switch (view) {
    case 'now':
      return <Now connection={connection} />
    case 'levels':
      return <LevelsView connection={connection} />
    case 'keys':
      return <Keys connection={connection} />
    case 'fleet':
      return <FleetView connection={connection} />
    case 'advice':
      return <AdviceView connection={connection} />
  }
}

function viewOf(hash: string): View {
  const name = hash.slice(1)
  return Object.hasOwn(VIEWS, name) ? (name as View) : 'now'
}
