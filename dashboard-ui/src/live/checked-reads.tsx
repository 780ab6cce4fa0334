import type { JSX } from 'preact'
import type { CheckedText, CheckedWithin } from '../../../src/dashboard/protocol.ts'
import { Given } from './given.tsx'
import { amount, lasting, share } from './words.ts'

/** What checking reads has shown, where a verification runs: how many agreed, within which time. */
export function CheckedReads({ verified }: { verified: readonly CheckedText[] | null }): JSX.Element | null {
  if (verified === null || verified.length === 0) return null
  const bounds = verified[0]!.within.map(({ within }) => within)
  const offenders = verified.flatMap((of) => of.offenders.map((offender) => ({ ...offender, against: of.against })))
  return (
    <section class="card checked" aria-label="Checked reads">
      <header>
        <h2>Checked reads</h2>
      </header>
      <div class="figures">
        <table>
          <thead>
            <tr>
              <th scope="col">Compared with</th>
              <th scope="col">checked</th>
              {bounds.map((within) => (
                <th key={within} scope="col">
                  agreed within {lasting(within)}
                </th>
              ))}
              <th scope="col">not known</th>
            </tr>
          </thead>
          <tbody>
            {verified.map(({ against, checked, disagreed, unknown, within }) => (
              <tr key={against} class={disagreed > 0 ? 'bad' : ''}>
                <th scope="row">{against}</th>
                <td>{amount(checked)}</td>
                {within.map((each) => (
                  <td key={each.within}>{agreed(each)}</td>
                ))}
                <td>{amount(unknown)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {offenders.length > 0 && (
        <ul aria-label="Keys that did not agree">
          {offenders.map(({ key: { key }, level, against, because, duration, isOpen }) => (
            <li key={`${against} ${level} ${key}`}>
              <b>
                <Given text={key} />
              </b>
              : {level} {isOpen ? 'serves' : 'served'}{' '}
              {because === 'value' ? `another value than ${against} has` : `what was invalidated in ${against}`}, for{' '}
              {lasting(duration)}
              {isOpen ? ' until now' : ''}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function agreed({ ratio, atLeast }: CheckedWithin): JSX.Element | string {
  if (ratio === null) return '–'
  return (
    <>
      <b>{share(ratio)}</b> {atLeast !== null && <span class="quiet">at least {share(atLeast)}</span>}
    </>
  )
}
