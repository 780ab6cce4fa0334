import { shown, TerraceError } from '../errors.ts'
import { expected } from '../options.ts'
import type { Policy, PolicyFactory, Slot } from '../policies/policy.ts'

/** Each verb of a {@link Policy} that the engine relies on: the compiler keeps the list complete. */
const verbs: Record<Exclude<keyof Policy, 'hashes' | 'queues'>, true> = {
  added: true,
  touched: true,
  updated: true,
  removed: true,
  evict: true,
  clear: true,
  resize: true,
  order: true,
  check: true,
}

/**
 * A factory of the caller's own, which says what is missing when it makes something else than a {@link Policy}.
 * A cache would find that out at its first `set`, without a word about the option.
 */
export function checkedPolicy(factory: PolicyFactory, where: string): PolicyFactory {
  if (isClass(factory)) {
    return expected('a factory of a Policy', factory, where, `(context) => new ${factory.name || 'MyPolicy'}(context)`)
  }
  return (context) => {
    const policy: unknown = factory(context)
    const given = typeof policy === 'object' && policy !== null ? (policy as Record<string, unknown>) : {}
    const missing = Object.keys(verbs).find((verb) => typeof given[verb] !== 'function')
    if (missing === undefined) return policy as Policy
    return expected(`a factory of a Policy (what this one makes has no method '${missing}')`, policy, where)
  }
}

/** What only `new` may call: the prototype of a class, and of no other function, cannot be replaced. */
function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}

/**
 * Demands that who was chosen to leave is there: a policy that says otherwise would be asked again and again.
 *
 * @throws TerraceError `ERR_OPTION_INVALID`
 */
export function mustBeHeld(slot: Slot, table: { holds(slot: Slot): boolean }): void {
  if (Number.isInteger(slot) && slot > 0 && table.holds(slot)) return
  throw new TerraceError('ERR_OPTION_INVALID', `policy: evict: expected to return a resident slot, got ${shown(slot)}`)
}
