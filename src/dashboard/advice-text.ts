import type { LevelAdvice } from '../advice/advice.ts'
import { told } from './interval.ts'
import type { LevelAdviceText } from './protocol.ts'

/** Advice on one level, as it is told to the page. */
export function adviceText({ name: _name, size, policy, ...advice }: LevelAdvice): LevelAdviceText {
  return { ...advice, size: told(size), policy: policy ?? null }
}
