import { type Check, expected, integer, oneOf, readOptions } from '../options.ts'
import { type PolicyName, policies } from '../policies/index.ts'

/** Options of live advice. */
export interface AdviceOptions {
  /** The most bytes that all shadows of the cache take together: from 65,536 to 67,108,864. Default: 1,048,576. */
  readonly memory?: number | undefined
  /** Policies to try besides LRU and the present one. Default: `wTinyLfu`, `sieve`, `s3Fifo` and `lfu`. */
  readonly policies?: readonly PolicyName[] | undefined
}

/** {@link AdviceOptions}, checked and complete. */
export interface AdviceSettings {
  /** `never`: not even where a dashboard asks for it. */
  readonly begins: 'at once' | 'when asked' | 'never'
  readonly memory: number
  readonly policies: readonly PolicyName[]
}

const DEFAULT_MEMORY = 2 ** 20
const DEFAULT_POLICIES: readonly PolicyName[] = ['wTinyLfu', 'sieve', 's3Fifo', 'lfu']

const named = oneOf(Object.keys(policies) as PolicyName[])

const schema = {
  memory: integer(2 ** 16, 2 ** 26),
  policies: (value: unknown, where: string): readonly PolicyName[] => {
    if (!Array.isArray(value)) return expected('an array of policies', value, where)
    return Object.freeze([...new Set(value.map((policy: unknown, n) => named(policy, `${where}[${n}]`)))])
  },
}

/** `true` for the defaults, `false` for never, or an object of options. */
export const adviceCheck: Check<AdviceSettings> = (value, where) => {
  if (typeof value === 'boolean') return { ...DEFAULT_ADVICE, begins: value ? 'at once' : 'never' }
  if (typeof value !== 'object') return expected('true, false or an object of options', value, where)
  return Object.freeze({ ...DEFAULT_ADVICE, begins: 'at once', ...readOptions(where, schema, value) })
}

/** Where nothing was said. */
export const DEFAULT_ADVICE: AdviceSettings = Object.freeze({
  begins: 'when asked',
  memory: DEFAULT_MEMORY,
  policies: DEFAULT_POLICIES,
})
