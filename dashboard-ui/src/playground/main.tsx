import { render } from 'preact'
import { Bar } from '../bar.tsx'
import { Playground } from './playground.tsx'

render(
  <>
    <Bar>
      <span class="view">Playground</span>
    </Bar>
    <Playground />
  </>,
  document.body,
)
