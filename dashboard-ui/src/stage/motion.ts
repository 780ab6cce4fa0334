/** How long one moment of a scene lasts at speed 1, in milliseconds. */
export const MOMENT = 650

const quiet = matchMedia('(prefers-reduced-motion: reduce)')

/** Whether the person asked for less motion: then things change, and nothing moves. */
export function isStill(): boolean {
  return quiet.matches
}

interface Place {
  readonly x: number
  readonly y: number
}

/** Lets an element glide from where it was to where it is now. */
export function glide(element: Element, from: Place, to: Place, ms: number): void {
  if (isStill() || (from.x === to.x && from.y === to.y)) return
  const translate = `translate(${from.x - to.x}px, ${from.y - to.y}px)`
  element.animate([{ transform: translate }, { transform: 'none' }], {
    duration: ms,
    easing: 'cubic-bezier(.3,.7,.2,1)',
  })
}

/** Lets an element come in from below, where values come from. */
export function arrive(element: Element, ms: number): void {
  if (isStill()) return
  element.animate(
    [
      { opacity: 0, transform: 'translateY(1.5rem) scale(.85)' },
      { opacity: 1, transform: 'none' },
    ],
    { duration: ms, easing: 'cubic-bezier(.2,.9,.3,1.1)' },
  )
}

/** Shows a copy of an element that is gone leaving its shelf, and takes it away. */
export function depart(copy: HTMLElement, into: HTMLElement, place: Place, ms: number): void {
  if (isStill()) return
  copy.classList.add('leaving')
  copy.setAttribute('aria-hidden', 'true')
  copy.style.left = `${place.x}px`
  copy.style.top = `${place.y}px`
  into.append(copy)
  const leaving = copy.animate(
    [
      { opacity: 1, transform: 'none' },
      { opacity: 1, transform: 'translateY(.35rem)', offset: 0.3 },
      { opacity: 0, transform: 'translateY(2.4rem) rotate(-4deg) scale(.9)' },
    ],
    { duration: ms, easing: 'ease-in', fill: 'forwards' },
  )
  leaving.finished.then(
    () => copy.remove(),
    () => copy.remove(),
  )
}
