import { effect, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { readLink, writeLink } from '../engine/share.ts'
import { Stage } from '../stage/stage.tsx'
import { Ask } from './ask.tsx'
import { Player } from './player.ts'
import { Rows } from './rows.tsx'
import { Run } from './run.ts'
import { SettingsCard } from './settings-card.tsx'
import { StepsCard } from './steps-card.tsx'
import { TellingCard } from './telling-card.tsx'

/** The real cache, in a world of its own, at the pace of a person. */
export function Playground(): JSX.Element {
  const player = useMemo(() => new Player(new Run()), [])
  const notice = useSignal('')
  useEffect(() => follow(player, (text) => (notice.value = text)), [])
  // Of the window: a page that was just opened has the focus nowhere, and is there as long as this is.
  useEffect(() => addEventListener('keydown', (event) => steer(event, player)), [])
  return (
    <main class="playground">
      <div class="work">
        <Ask player={player} />
        <TellingCard player={player} />
        <Stage scene={player.scene.value} speed={player.speed.value}>
          <Rows player={player} />
        </Stage>
      </div>
      <aside>
        <StepsCard player={player} />
        <SettingsCard run={player.run} />
        <section class="card share" aria-label="Share">
          <button type="button" onClick={() => share(player, (text) => (notice.value = text))}>
            Copy a link to this
          </button>
          <p class="quiet" role="status">
            {notice}
          </p>
        </section>
      </aside>
    </main>
  )
}

/** The address always says what is shown; an address that was typed or followed is shown. */
function follow(player: Player, notify: (text: string) => void): () => void {
  const { run } = player
  let written = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  const read = (): void => {
    const fragment = location.hash.slice(1)
    if (fragment === written) return
    const shared = readLink(fragment)
    if (typeof shared === 'string') notify(shared)
    else if (shared !== undefined) {
      void run.load(shared)
      notify('')
    }
  }
  read()
  addEventListener('hashchange', read)
  let isFirst = true
  const stop = effect(() => {
    const link = writeLink({ setup: run.setup.value, script: run.script.value, at: run.at.value })
    const wasFirst = isFirst
    isFirst = false
    if (link === undefined || wasFirst) return
    clearTimeout(timer)
    // A slider that is dragged would be more than browsers allow.
    timer = setTimeout(() => {
      written = link
      history.replaceState(null, '', `#${link}`)
    }, 300)
  })
  return () => {
    removeEventListener('hashchange', read)
    clearTimeout(timer)
    stop()
  }
}

async function share({ run }: Player, notify: (text: string) => void): Promise<void> {
  const link = writeLink({ setup: run.setup.value, script: run.script.value, at: run.at.value })
  if (link === undefined) return notify('This run is too long for a link. Copy its script instead.')
  try {
    await navigator.clipboard.writeText(new URL(`#${link}`, location.href).href)
    notify('The link is on the clipboard.')
  } catch {
    notify('The link is in the address bar.')
  }
}

/** Arrow keys go through the steps wherever they do not mean something else. */
function steer(event: KeyboardEvent, player: Player): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (event.target instanceof Element && event.target.closest('input, select, textarea') !== null) return
  if (event.key === 'ArrowRight') player.forward()
  else if (event.key === 'ArrowLeft') player.back()
  else return
  event.preventDefault()
}
