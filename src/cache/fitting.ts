import { type Answer, Failed, Found, NotFound, NotModified } from '../entry/answer.ts'
import { ABSENT } from '../entry/held.ts'
import { type Checked, checkValue, type StandardSchema } from '../entry/standard-schema.ts'
import { shown, TerraceError } from '../errors.ts'
import type { Ask } from './fetch-context.ts'

/**
 * A value that was given to the cache, as the schema makes it; without a schema, as it is.
 *
 * @throws TerraceError `ERR_VALUE_INVALID` where it does not fit, `ERR_UNSUPPORTED` where the schema waits for
 * something: writes take effect in the order of their calls
 */
export function fitting(schema: StandardSchema | undefined, where: string, key: string, value: unknown): unknown {
  if (schema === undefined) return value
  const checked = checkValue(schema, value)
  if (!(checked instanceof Promise)) return fitValue(checked, where, key)
  throw new TerraceError(
    'ERR_UNSUPPORTED',
    `${where}: the schema of ${shown(key)} answers later, which only reads wait for`,
  )
}

/** A fetcher whose values have to fit. */
export function fittingAsk(schema: StandardSchema | undefined, where: string, ask: Ask): Ask {
  if (schema === undefined) return ask
  return async (wanted, errand) => {
    const answers = await ask(wanted, errand)
    await errand.extras.fit((key, answer) => fittingAnswer(schema, where, key, answer))
    return Promise.all(wanted.map(({ key }, n) => fittingAnswer(schema, where, key, answers[n])))
  }
}

/** One answer that does not fit has failed, and no other. */
async function fittingAnswer(
  schema: StandardSchema,
  where: string,
  key: string,
  answer: Answer<unknown>,
): Promise<Answer<unknown>> {
  if (answer === undefined || answer === ABSENT) return answer
  if (answer instanceof NotFound || answer instanceof NotModified || answer instanceof Failed) return answer
  const isMore = answer instanceof Found
  try {
    const value = fitValue(await checkValue(schema, isMore ? answer.foundData : answer), where, key)
    return isMore ? new Found(value, answer.keep) : value
  } catch (error) {
    return new Failed(error)
  }
}

function fitValue(checked: Checked, where: string, key: string): unknown {
  if (checked.ok) return checked.value
  throw new TerraceError('ERR_VALUE_INVALID', `${where}: the value of ${shown(key)} does not fit: ${checked.issues}`)
}
