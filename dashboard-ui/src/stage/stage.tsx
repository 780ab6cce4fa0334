import type { ComponentChildren, JSX, RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { glide, MOMENT } from './motion.ts'
import type { Scene, Traveller } from './scene.ts'
import { Shelf } from './shelf.tsx'

/**
 * The levels at work: shelves like terraces, the source as the ground. A question travels down between
 * them, a value comes up.
 */
export function Stage({
  scene,
  speed = 1,
  children,
}: {
  scene: Scene
  speed?: number
  children?: ComponentChildren
}): JSX.Element {
  const { shelves, traveller, source } = scene
  const last = useRef<Seen>(undefined)
  return (
    <div class={`stage of-${shelves.length}`}>
      {shelves.map((shelf, n) => (
        <div class="terrace" key={shelf.name} data-up={Math.min(3, shelves.length - 1 - n)}>
          <Gap traveller={traveller} n={n} speed={speed} last={last} />
          <Shelf scene={shelf} n={n} speed={speed} />
        </div>
      ))}
      <Gap traveller={traveller} n={shelves.length} speed={speed} last={last} />
      <section class={`source ${source.mark ?? ''}`} aria-label={source.name}>
        <header>
          <h3>{source.name}</h3>
          {source.note !== undefined && <span class="note">{source.note}</span>}
        </header>
        {children}
      </section>
    </div>
  )
}

/** Where the traveller was when he was last seen, for the way to where he is now. */
type Seen = { readonly key: string; readonly x: number; readonly y: number } | undefined

interface GapProps {
  readonly traveller: Traveller | undefined
  readonly n: number
  readonly speed: number
  readonly last: RefObject<Seen>
}

function Gap({ traveller, n, speed, last }: GapProps): JSX.Element {
  return (
    <div class="gap" aria-hidden="true">
      {traveller?.gap === n && <Token traveller={traveller} speed={speed} last={last} />}
    </div>
  )
}

function Token({ traveller, speed, last }: Omit<GapProps, 'n' | 'traveller'> & { traveller: Traveller }): JSX.Element {
  const element = useRef<HTMLSpanElement>(null)
  const { key, mood, text } = traveller
  useLayoutEffect(() => {
    // Where it will come to rest, even if it is on its way there.
    const { offsetLeft, offsetTop, offsetParent } = element.current!
    const { left, top } = offsetParent!.getBoundingClientRect()
    const here = { key, x: left + offsetLeft + scrollX, y: top + offsetTop + scrollY }
    if (last.current?.key === key) glide(element.current!, last.current, here, (MOMENT / speed) * 0.8)
    last.current = here
  }, [traveller])
  return (
    <span class={`token ${mood}`} ref={element}>
      <i>{mood === 'asks' ? '↓' : mood === 'sweeps' ? '✕' : '↑'}</i>
      <b>{key}</b>
      {text !== undefined && <span>{text}</span>}
    </span>
  )
}
