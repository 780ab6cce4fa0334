import { expected, oneOf } from '../options.ts'
import { type PolicyName, policies } from '../policies/index.ts'
import type { PolicyFactory } from '../policies/policy.ts'

/** A policy a cache can be given. */
export type CachePolicy = PolicyName | PolicyFactory

/** A policy under simulation: by its name, one of your own by its factory, or the optimum (Belady with bypass). */
export type SimulatedPolicy = PolicyName | 'optimum' | PolicyFactory

/** A policy with the name its figures are reported under. */
export interface Contender {
  readonly name: string
  /** `undefined` for the optimum, which is no policy a cache could have. */
  readonly policy: CachePolicy | undefined
}

/** The names that `simulate` knows. */
export const simulatedPolicyNames: readonly (PolicyName | 'optimum')[] = [
  'optimum',
  ...(Object.keys(policies) as PolicyName[]),
]

const MOST = 64
const named = oneOf(simulatedPolicyNames)

/** @throws TerraceError `ERR_OPTION_INVALID` for an unknown name, or two policies that would share one. */
export function readContenders(value: unknown, where: string): readonly Contender[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST) {
    return expected(`a list of 1 to ${MOST} policies`, value, where)
  }
  const contenders = value.map((policy: unknown, i) => contender(policy, where, i))
  const twice = contenders.find(({ name }, i) => contenders.findIndex((other) => other.name === name) < i)
  return twice === undefined ? contenders : expected('each policy once', twice.name, where)
}

function contender(policy: unknown, where: string, index: number): Contender {
  if (typeof policy === 'function') {
    return { name: policy.name || `policy ${index + 1}`, policy: policy as PolicyFactory }
  }
  const name = named(policy, where)
  return { name, policy: name === 'optimum' ? undefined : name }
}

/** A list of policies by their names. @throws TerraceError `ERR_OPTION_INVALID` */
export function contenderPolicies(value: unknown, where: string): readonly PolicyName[] {
  return readContenders(value, where).map(({ name, policy }) => {
    return policy === undefined || typeof policy === 'function'
      ? expected('policies by their names', name, where)
      : policy
  })
}
