import { effect, type Signal, signal } from '@preact/signals'

export type Theme = 'auto' | 'light' | 'dark'

const NAME = 'terrace-theme'

/** The theme somebody chose, or what the system says. Kept in this browser, where that is allowed. */
export function makeTheme(): Signal<Theme> {
  const theme = signal<Theme>(stored())
  effect(() => {
    document.documentElement.dataset.theme = theme.value
    try {
      localStorage.setItem(NAME, theme.value)
    } catch {
      // A page without storage forgets it.
    }
  })
  return theme
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(NAME)
    return value === 'light' || value === 'dark' ? value : 'auto'
  } catch {
    return 'auto'
  }
}
