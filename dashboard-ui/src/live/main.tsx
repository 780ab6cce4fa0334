import { render } from 'preact'
import { Bar } from '../bar.tsx'

render(<Bar>…</Bar>, document.body)
