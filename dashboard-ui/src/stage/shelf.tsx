import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { inWords } from '../engine/command.ts'
import { Density } from './density.tsx'
import { arrive, depart, glide, MOMENT } from './motion.ts'
import { type Box, MOST_BOXES, type ShelfScene } from './scene.ts'
import { toneOf } from './tone.ts'

const MARKS = {
  asked: 'asked',
  hit: 'hit',
  stale: 'stale copy',
  miss: 'miss',
  kept: 'kept',
  refused: 'refused',
  raised: 'invalidated',
  expired: 'expired',
} as const

/** One level: its name, how full it is, and what it holds, the next to be evicted first. */
export function Shelf({ scene, n, speed }: { scene: ShelfScene; n: number; speed: number }): JSX.Element {
  const { name, capacity, size, policy, note, mark, leavers, boxes } = scene
  const isSmall = boxes !== undefined && (capacity ?? boxes.length) <= MOST_BOXES
  const fill = size === undefined ? '' : capacity === undefined ? count(size) : `${count(size)} of ${count(capacity)}`
  return (
    <section class={`shelf level-${toneOf(n)} ${mark ?? ''}`} aria-label={`Level ${name}`}>
      <header>
        <h3>{name}</h3>
        <span class="fill">{fill}</span>
        {policy !== undefined && <span class="policy">{policy}</span>}
        {note !== undefined && <span class="note">{note}</span>}
        <span class="mark">{mark === undefined ? '' : MARKS[mark]}</span>
      </header>
      {isSmall ? (
        <Boxes scene={scene} boxes={boxes} speed={speed} />
      ) : size === undefined && capacity === undefined ? (
        <p class="untold">What it holds only its server knows: ask for a key.</p>
      ) : (
        <Density scene={scene} />
      )}
      <p class="leavers">
        {leavers.slice(0, 3).map(({ key, why }) => (
          <span key={key}>
            <b>{key}</b> {why}
          </span>
        ))}
        {leavers.length > 3 && <span>and {count(leavers.length - 3)} more</span>}
      </p>
    </section>
  )
}

/** Where a box is on its shelf. */
interface Seat {
  readonly element: HTMLElement
  readonly x: number
  readonly y: number
}

/** Every entry a box with its name, every free place an outline. */
function Boxes({ scene, boxes, speed }: { scene: ShelfScene; boxes: readonly Box[]; speed: number }): JSX.Element {
  const list = useRef<HTMLDivElement>(null)
  const known = useRef<Map<string, Seat>>(undefined)
  const queues = rowsOf(scene, boxes)
  const shown = queues.flatMap((queue) => queue.boxes)
  useLayoutEffect(() => {
    const before = known.current ?? new Map<string, Seat>()
    const isFirst = known.current === undefined
    const now = new Map<string, Seat>()
    const ms = MOMENT / speed
    const elements = list.current!.querySelectorAll<HTMLElement>('.box:not(.leaving)')
    for (const [at, { key }] of shown.entries()) {
      const element = elements[at]!
      const place = { element, x: element.offsetLeft, y: element.offsetTop }
      now.set(key, place)
      const was = before.get(key)
      // What is there when the shelf is first seen has not just come.
      if (was === undefined && !isFirst) arrive(element, ms)
      else if (was !== undefined) glide(element, was, place, ms * 0.7)
    }
    for (const [key, place] of before) {
      if (!now.has(key)) depart(place.element.cloneNode(true) as HTMLElement, list.current!, place, ms * 1.4)
    }
    known.current = now
  }, [boxes])
  const free = Math.max(0, (scene.capacity ?? 0) - shown.length)
  const next = free === 0 ? boxes[0]?.key : undefined
  return (
    <div class="places" ref={list}>
      {queues.map(({ name, note, boxes: own, marks }) => (
        <div class={name === undefined ? 'row-of-all' : 'queue'} key={name ?? ''}>
          {name !== undefined && (
            <p>
              {name} {note !== undefined && <span>{note}</span>}
            </p>
          )}
          <ol
            aria-label={`What ${scene.name} holds${name === undefined ? '' : ` in ${name}`}, the next to leave first`}
          >
            {own.map((box) => (
              <BoxView
                key={`=${box.key}`}
                box={box}
                mark={marks?.get(box.key)}
                isHere={box.key === scene.key}
                isNext={box.key === next}
              />
            ))}
            {name === undefined && <FreePlaces count={free} />}
          </ol>
        </div>
      ))}
      {queues[0]?.name !== undefined && free > 0 && (
        <ol class="queue" aria-hidden="true">
          <FreePlaces count={free} />
        </ol>
      )}
    </div>
  )
}

interface Row {
  /** `undefined` where there is one order alone. */
  readonly name: string | undefined
  readonly note: string | undefined
  readonly boxes: readonly Box[]
  readonly marks: ReadonlyMap<string, string> | undefined
}

/** The boxes of a shelf in the queues of its policy, or all in one. */
function rowsOf({ queues }: ShelfScene, boxes: readonly Box[]): readonly Row[] {
  if (queues === undefined) return [{ name: undefined, note: undefined, boxes, marks: undefined }]
  const byKey = new Map(boxes.map((box) => [box.key, box]))
  return queues.map(({ name, note, keys, marks }) => {
    return { name, note, marks, boxes: keys.flatMap((key) => byKey.get(key) ?? []) }
  })
}

function FreePlaces({ count: free }: { count: number }): JSX.Element {
  return (
    <>
      {Array.from({ length: free }, (_, at) => (
        <li key={at} class="free" aria-hidden="true" />
      ))}
    </>
  )
}

interface BoxProps {
  readonly box: Box
  /** What the policy knows of it. */
  readonly mark: string | undefined
  readonly isHere: boolean
  readonly isNext: boolean
}

function BoxView({ box, mark = '', isHere, isNext }: BoxProps): JSX.Element {
  const { key, value, left, tags = [], isOver = false } = box
  const more = [
    ...(left === undefined || mark.endsWith(' left') ? [] : [`${inWords(left)} left`]),
    ...tags.map((tag) => `#${tag}`),
    ...(isOver ? ['out of date'] : []),
    ...(isNext ? ['next to leave'] : []),
  ].join(' · ')
  return (
    <li class={`box${isHere ? ' here' : ''}${isOver ? ' over' : ''}`} title={`${key}${value ? ` = ${value}` : ''}`}>
      <b>{key}</b>
      {value !== undefined && <span>{value}</span>}
      {mark !== '' && <small>{mark}</small>}
      {more !== '' && <small>{more}</small>}
    </li>
  )
}

function count(n: number): string {
  return n.toLocaleString('en')
}
