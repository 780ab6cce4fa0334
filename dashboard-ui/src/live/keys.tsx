import { type Signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { AskedScope, Counted, ExplainAnswer, KeysAnswer, KeyText, Top } from '../../../src/dashboard/protocol.ts'
import { messageOf } from './api.ts'
import type { Connection } from './connection.ts'
import { Explained } from './explained.tsx'
import { Given } from './given.tsx'
import { Invalidate } from './invalidate.tsx'
import { usePolled } from './polled.ts'
import { amount, bytes } from './words.ts'

const LISTS: readonly { readonly name: 'hottest' | 'fetched' | 'missed' | 'biggest'; readonly title: string }[] = [
  { name: 'hottest', title: 'Hottest' },
  { name: 'fetched', title: 'Most often fetched' },
  { name: 'missed', title: 'Most often missed' },
  { name: 'biggest', title: 'Biggest' },
]

/** Find a key, see where it is and why, take it away. */
export function Keys({ connection }: { connection: Connection }): JSX.Element {
  const text = useSignal('')
  const found = useSignal<KeysAnswer | undefined>(undefined)
  const explained = useSignal<ExplainAnswer | undefined>(undefined)
  const confirming = useSignal<AskedScope | undefined>(undefined)
  const error = useSignal('')
  const cache = connection.cacheName.value
  const asking = async (work: () => Promise<void>): Promise<void> => {
    try {
      error.value = ''
      await work()
    } catch (cause) {
      error.value = messageOf(cause)
    }
  }
  const explain = (key: string): Promise<void> =>
    asking(async () => {
      explained.value = await connection.api.post<ExplainAnswer>('explain', { cache, key })
    })
  const find = (): Promise<void> =>
    asking(async () => {
      found.value = await connection.api.post<KeysAnswer>('keys', { cache, prefix: text.value, most: 200 })
    })
  const mayChange = connection.session.value?.readOnly === false
  return (
    <div class="keys">
      <section class="card" aria-label="Find">
        <form
          class="find"
          onSubmit={(event) => {
            event.preventDefault()
            void explain(text.value)
          }}
        >
          <label>
            Key, prefix, tag or namespace
            <input
              value={text}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => (text.value = event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="strong" disabled={text.value === ''}>
            Explain
          </button>
          <button type="button" onClick={find}>
            Keys with this prefix
          </button>
        </form>
        {mayChange && <Scopes text={text.value} confirming={confirming} />}
        <p class="error" role="alert">
          {error}
        </p>
        {found.value !== undefined && <Found answer={found.value} onPick={explain} />}
      </section>
      {confirming.value !== undefined && (
        <Invalidate
          key={JSON.stringify(confirming.value)}
          connection={connection}
          scope={confirming.value}
          onDone={() => {
            confirming.value = undefined
            if (explained.value !== undefined) void explain(explained.value.key)
          }}
        />
      )}
      {explained.value !== undefined && (
        <Explained
          answer={explained.value}
          onInvalidate={mayChange ? (key) => (confirming.value = { kind: 'key', key }) : undefined}
        />
      )}
      <TopLists connection={connection} onPick={explain} />
    </div>
  )
}

/** What can be invalidated, by what stands in the field. */
function Scopes({ text, confirming }: { text: string; confirming: Signal<AskedScope | undefined> }): JSX.Element {
  return (
    <fieldset class="row scopes">
      <legend>Invalidate</legend>
      <button type="button" disabled={text === ''} onClick={() => (confirming.value = { kind: 'key', key: text })}>
        this key
      </button>
      <button
        type="button"
        disabled={text === ''}
        onClick={() => (confirming.value = { kind: 'prefix', prefix: text })}
      >
        this prefix
      </button>
      <button type="button" disabled={text === ''} onClick={() => (confirming.value = { kind: 'tag', tag: text })}>
        this tag
      </button>
      <button
        type="button"
        disabled={text === ''}
        onClick={() => (confirming.value = { kind: 'namespace', namespace: text })}
      >
        this namespace
      </button>
      <button type="button" onClick={() => (confirming.value = { kind: 'all' })}>
        everything
      </button>
    </fieldset>
  )
}

function Found({ answer, onPick }: { answer: KeysAnswer; onPick: (key: string) => void }): JSX.Element {
  const { keys, complete } = answer
  return (
    <>
      <p class="quiet" role="status">
        {keys.length === 0
          ? 'No such key.'
          : `${amount(keys.length)} ${keys.length === 1 ? 'key' : 'keys'}${complete ? '' : ', and perhaps more'}.`}
      </p>
      <ul class="found">
        {keys.map((each) => (
          <li key={each.key}>
            <Pick text={each} onPick={onPick} />
          </li>
        ))}
      </ul>
    </>
  )
}

function Pick({ text, onPick }: { text: KeyText; onPick: (key: string) => void }): JSX.Element {
  const { key, cut } = text
  if (cut !== undefined)
    return (
      <span title={`${cut} characters: too long to be asked for from here`}>
        <Given text={key} />…
      </span>
    )
  return (
    <button type="button" class="plain" onClick={() => onPick(key)}>
      <Given text={key} />
    </button>
  )
}

function TopLists({ connection, onPick }: { connection: Connection; onPick: (key: string) => void }): JSX.Element {
  const { data, error } = usePolled<Top>(connection, 'top', 5000)
  const top = data.value
  if (top === undefined) return <p class="quiet">{error}</p>
  return (
    <div class="tops">
      {LISTS.map(({ name, title }) => (
        <section class="card" key={name} aria-label={title}>
          <header>
            <h2>
              {title}
              {name === 'biggest' && ` in ${connection.cache.value?.levels[0] ?? 'L1'}`}
            </h2>
          </header>
          <TopList counted={top[name]} format={name === 'biggest' ? bytes : amount} onPick={onPick} />
        </section>
      ))}
      <p class="quiet">
        Counts are estimates; they halve every ten minutes.
        {top.sampling > 1.5 && ` One in ${amount(top.sampling)} hits of level 1 is counted.`}
      </p>
    </div>
  )
}

function TopList({
  counted,
  format,
  onPick,
}: {
  counted: readonly Counted[]
  format: (n: number) => string
  onPick: (key: string) => void
}): JSX.Element {
  if (counted.length === 0) return <p class="quiet">None yet.</p>
  return (
    <ol>
      {counted.slice(0, 12).map((each) => (
        <li key={each.key}>
          <meter value={each.count} max={counted[0]!.count || 1} aria-hidden="true" />
          <Pick text={each} onPick={onPick} />
          <b>{format(each.count)}</b>
        </li>
      ))}
    </ol>
  )
}
