import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { EXAMPLES } from '../engine/setup.ts'
import { readScript } from '../engine/share.ts'
import type { Player } from './player.ts'

/** The steps of the run, each of which can be gone to; or its script, to be written. */
export function StepsCard({ player }: { player: Player }): JSX.Element {
  const { run } = player
  const isWriting = useSignal(false)
  return (
    <section class="steps card" aria-label="Script">
      <header>
        <h2>{isWriting.value ? 'Script' : 'Steps'}</h2>
        <select
          aria-label="Examples"
          value=""
          onChange={(event) => {
            const example = EXAMPLES[Number(event.currentTarget.value)]
            event.currentTarget.value = ''
            if (example === undefined) return
            isWriting.value = false
            void run.load({ setup: run.setup.value, script: example.script, at: 0 })
          }}
        >
          <option value="">Examples…</option>
          {EXAMPLES.map(({ name }, n) => (
            <option key={name} value={n}>
              {name}
            </option>
          ))}
        </select>
        <button type="button" onClick={() => (isWriting.value = !isWriting.value)}>
          {isWriting.value ? 'Back' : 'Edit'}
        </button>
      </header>
      {isWriting.value ? <Script player={player} onDone={() => (isWriting.value = false)} /> : <List player={player} />}
    </section>
  )
}

function List({ player }: { player: Player }): JSX.Element {
  const { run } = player
  const list = useRef<HTMLOListElement>(null)
  const at = run.at.value
  useLayoutEffect(() => {
    const here = list.current?.querySelector<HTMLElement>('[aria-current]')
    // Not scrollIntoView: the page itself stays where it is.
    if (here != null) list.current!.scrollTop = here.offsetTop - list.current!.clientHeight / 2
  }, [at])
  if (run.steps.value.length === 0) return <p class="quiet">Nothing has been asked yet.</p>
  return (
    <ol ref={list}>
      {run.steps.value.map((step, n) => (
        <li key={n} class={n < at ? 'made' : 'to-come'} aria-current={n === at - 1 ? 'step' : undefined}>
          <button type="button" class="plain" onClick={() => player.goTo(n + 1)}>
            <code>{run.script.value[n]}</code>
            <span>{step.sentence}</span>
          </button>
          <button
            type="button"
            class="plain remove"
            aria-label={`Remove step ${n + 1}`}
            onClick={() => void run.remove(n)}
          >
            ×
          </button>
        </li>
      ))}
    </ol>
  )
}

function Script({ player, onDone }: { player: Player; onDone: () => void }): JSX.Element {
  const { run } = player
  const text = useSignal(run.script.value.join('\n'))
  const error = useSignal('')
  const load = (): void => {
    try {
      const script = readScript(text.value)
      void run.load({ setup: run.setup.value, script, at: 0 })
      onDone()
    } catch (cause) {
      error.value = String(cause instanceof Error ? cause.message : cause)
    }
  }
  return (
    <div class="script">
      <p class="quiet">
        One command a line; a line with a key alone gets it, so that a trace can be pasted. <code>get</code>{' '}
        <code>look</code> <code>put</code> <code>set</code> <code>delete</code> <code>tag</code> <code>prefix</code>{' '}
        <code>clear</code> <code>wait</code> <code>row</code> <code>drop</code> <code>source fails</code>
      </p>
      <textarea
        class="code"
        rows={12}
        spellcheck={false}
        aria-label="Script, one command a line"
        value={text}
        maxLength={100_000}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <p class="error" role="alert">
        {error}
      </p>
      <button type="button" class="strong" onClick={load}>
        Load
      </button>
    </div>
  )
}
