import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect } from 'preact/hooks'

const NAME = 'terrace-theme'
const THEMES = ['auto', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

/** The head of the page: the name, the way to the views, the theme. */
export function Bar({ children }: { children: ComponentChildren }): JSX.Element {
  const theme = useSignal<Theme>(stored())
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme.value
  }, [theme.value])
  return (
    <header class="bar">
      <h1>
        <svg viewBox="0 0 24 18" aria-hidden="true">
          <path d="M0 5.4V0h10v5.4z" class="l1" />
          <path d="M0 11.7V6.3h17v5.4z" class="l2" />
          <path d="M0 18v-5.4h24V18z" class="l3" />
        </svg>
        Terrace
      </h1>
      {children}
      {links().map(({ title, href }) => (
        <a key={href} class="beside" href={href}>
          {title}
        </a>
      ))}
      <label class="theme">
        <span class="hidden">Theme</span>
        <select
          value={theme.value}
          onChange={(event) => {
            theme.value = event.currentTarget.value as Theme
            keep(theme.value)
          }}
        >
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </header>
  )
}

/** Pages beside this one, where whoever serves it names any: `<link rel="help" title="Playground" href="…">`. */
function links(): readonly HTMLLinkElement[] {
  return [...document.head.querySelectorAll<HTMLLinkElement>('link[rel="help"]')]
}

/** What somebody chose in this browser; a page without storage forgets it. */
function stored(): Theme {
  try {
    const value = localStorage.getItem(NAME) as Theme
    return THEMES.includes(value) ? value : 'auto'
  } catch {
    return 'auto'
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(NAME, theme)
  } catch {
    // It holds until the page is left.
  }
}
