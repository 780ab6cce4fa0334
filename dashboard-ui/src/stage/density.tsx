import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { isStill } from './motion.ts'
import type { ShelfScene } from './scene.ts'

/** Cells of the picture at most. */
const MOST_CELLS = 1200
const CELL = 9
/** How long a cell remembers that something happened there, in milliseconds. */
const AFTERGLOW = 1400

interface Glow {
  readonly at: number
  readonly kind: 'use' | 'leave'
}

/**
 * A large level as a field of cells. Where the order of all entries is known, the first cell is the next
 * to be evicted; otherwise a key has its cell by hash. A cell glows when something happens in it.
 */
export function Density({ scene }: { scene: ShelfScene }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  const glows = useRef(new Map<number, Glow>())
  const { size = 0, capacity, boxes, queues, key, mark, leavers, name } = scene
  const places = Math.max(1, capacity ?? size, size)
  const cells = Math.min(MOST_CELLS, places)
  const isOrdered = boxes !== undefined && boxes.length >= size && size > 0
  useEffect(() => {
    const element = canvas.current!
    const now = performance.now()
    const cellOf = (each: string): number => {
      const at = isOrdered ? boxes.findIndex((box) => box.key === each) : -1
      return at === -1 ? hashed(each) % cells : Math.floor((at * cells) / places)
    }
    if (key !== undefined && mark !== 'miss') glows.current.set(cellOf(key), { at: now, kind: 'use' })
    for (const [at, each] of leavers.entries())
      glows.current.set(isOrdered ? at : cellOf(each.key), { at: now, kind: 'leave' })
    let frame = 0
    const paint = (time: number): void => {
      cancelAnimationFrame(frame)
      const fading = draw(element, cells, (size / places) * cells, glows.current, time)
      if (fading && !isStill() && element.isConnected) frame = requestAnimationFrame(paint)
    }
    paint(now)
    const observer = new ResizeObserver(() => paint(performance.now()))
    observer.observe(element)
    const themes = new MutationObserver(() => paint(performance.now()))
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      cancelAnimationFrame(frame)
      observer.disconnect()
      themes.disconnect()
    }
  }, [scene])
  const shown = boxes?.slice(0, 20) ?? []
  return (
    <div class="density">
      <canvas ref={canvas} role="img" aria-label={`${name} is ${Math.round((size / places) * 100)} % full`} />
      {queues !== undefined && queues.length > 1 && (
        <ul class="shares" aria-label={`The queues of ${name}`}>
          {queues.map((queue) => (
            <li key={queue.name}>
              {queue.name}{' '}
              <b>{queue.note ?? (queue.share === undefined ? '' : `${Math.round(queue.share * 100)} %`)}</b>
            </li>
          ))}
        </ul>
      )}
      {shown.length > 0 && (
        <details>
          <summary>Next to leave</summary>
          <ol>
            {shown.map((box) => (
              <li key={box.key}>{box.key}</li>
            ))}
          </ol>
        </details>
      )}
    </div>
  )
}

/** @returns whether something still fades */
function draw(
  canvas: HTMLCanvasElement,
  cells: number,
  filled: number,
  glows: Map<number, Glow>,
  now: number,
): boolean {
  const width = canvas.clientWidth
  const columns = Math.max(1, Math.floor(width / CELL))
  const rows = Math.ceil(cells / columns)
  const scale = devicePixelRatio
  const height = rows * CELL
  if (canvas.style.height !== `${height}px`) canvas.style.height = `${height}px`
  canvas.width = width * scale
  canvas.height = height * scale
  // Colours as they are in this theme: a custom property would still say light-dark().
  const { color: level, outlineColor: line, caretColor: warm } = getComputedStyle(canvas)
  const context = canvas.getContext('2d')!
  context.scale(scale, scale)
  for (let cell = 0; cell < cells; cell++) {
    const glow = glows.get(cell)
    const strength = glow === undefined ? 0 : 1 - (now - glow.at) / AFTERGLOW
    if (strength <= 0) glows.delete(cell)
    const isFilled = cell < filled
    context.fillStyle = strength > 0 && glow!.kind === 'leave' ? warm : isFilled || strength > 0 ? level : line
    context.globalAlpha = strength > 0 ? 0.35 + 0.65 * strength : isFilled ? 0.35 : 0.6
    context.fillRect((cell % columns) * CELL, Math.floor(cell / columns) * CELL, CELL - 2, CELL - 2)
  }
  return glows.size > 0
}

function hashed(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
