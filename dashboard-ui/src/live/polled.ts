import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { RouteName } from '../../../src/dashboard/protocol.ts'
import { messageOf } from './api.ts'
import type { Connection } from './connection.ts'
import { printableIn } from './given.tsx'

export interface Polled<T> {
  readonly data: Signal<T | undefined>
  readonly error: Signal<string>
}

/** An answer of the server, asked for again so many milliseconds after it came, while the page is seen. */
export function usePolled<T>(
  { api, cacheName }: Connection,
  route: RouteName,
  every: number,
  query: Readonly<Record<string, string>> = {},
): Polled<T> {
  const data = useSignal<T | undefined>(undefined)
  const error = useSignal('')
  const cache = cacheName.value
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (): Promise<void> => {
      try {
        const answer =
          document.hidden && data.peek() !== undefined ? undefined : await api.get<T>(route, { cache, ...query })
        if (isOver) return
        // Keys of the top lists are asked for.
        if (answer !== undefined) data.value = route === 'top' ? answer : printableIn(answer)
        error.value = ''
      } catch (cause) {
        if (!isOver) error.value = messageOf(cause)
      }
      if (!isOver) timer = setTimeout(ask, every)
    }
    data.value = undefined
    if (cache !== '') void ask()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [cache, route, every, JSON.stringify(query)])
  return { data, error }
}
