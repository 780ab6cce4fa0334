import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { AskedScope, Covered, InvalidateAnswer } from '../../../src/dashboard/protocol.ts'
import { ApiError, messageOf } from './api.ts'
import type { Connection } from './connection.ts'
import { Sentence } from './given.tsx'
import { amount, scopeWords } from './words.ts'

/** Says how many keys would go, and takes them away when a person has said yes. */
export function Invalidate({
  connection,
  scope,
  onDone,
}: {
  connection: Connection
  scope: AskedScope
  onDone: () => void
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const counted = useSignal<(InvalidateAnswer & { done: false }) | undefined>(undefined)
  const told = useSignal('')
  const cache = connection.cacheName.value
  const send = async (ticket?: string): Promise<void> => {
    try {
      const answer = await connection.api.post<InvalidateAnswer>('invalidate', { cache, scope, ticket })
      if (!answer.done) counted.value = answer
      else {
        counted.value = undefined
        const pending = answer.levels.filter(({ outcome }) => outcome === 'pending').map(({ name }) => name)
        told.value = answer.ok
          ? 'Done, in every level.'
          : `${pending.join(', ')} did not answer and will be told again; its copies are not served.`
      }
    } catch (error) {
      told.value = messageOf(error)
      // Too late: what is covered may be another number now.
      if (error instanceof ApiError && error.code === 'ticket') await send()
    }
  }
  useEffect(() => {
    dialog.current!.showModal()
    void send()
  }, [])
  const answer = counted.value
  return (
    <dialog ref={dialog} class="card" onClose={onDone} aria-label="Invalidate">
      <h2>
        <Sentence text={`Invalidate ${scopeWords(scope)}?`} />
      </h2>
      {answer !== undefined && (
        <ul>
          {answer.covers.map((each) => (
            <li key={each.name}>
              <b>{each.name}</b>: {covers(each)}
            </li>
          ))}
        </ul>
      )}
      <p role="status">{answer === undefined && told.value === '' ? 'Counting …' : told}</p>
      <div class="row">
        <button type="button" onClick={() => dialog.current!.close()}>
          {answer === undefined && told.value !== '' ? 'Close' : 'Cancel'}
        </button>
        {answer !== undefined && (
          <button type="button" class="danger" onClick={() => void send(answer.ticket)}>
            Invalidate
          </button>
        )}
      </div>
    </dialog>
  )
}

function covers({ keys, complete, silent }: Covered): string {
  if (silent) return 'it did not answer: how many are there is not known'
  if (keys === null) return 'a number that cannot be counted without disturbing it'
  return `${complete ? '' : 'at least '}${amount(keys)} ${keys === 1 ? 'key' : 'keys'}`
}
