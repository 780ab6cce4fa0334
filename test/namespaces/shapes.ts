import type { StandardIssue, StandardResult, StandardSchema } from '../../src/index.ts'

export interface User {
  readonly name: string
  readonly age: number
}

/** A schema made by hand. */
export function schemaOf<T>(
  validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>,
): StandardSchema<unknown, T> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

/** Users; an age that is missing is 0. */
export const userSchema: StandardSchema<unknown, User> = schemaOf((value) => {
  const issues: StandardIssue[] = []
  const { name, age = 0 } = (value ?? {}) as Partial<User>
  if (typeof name !== 'string') issues.push({ message: 'expected a string', path: ['name'] })
  if (typeof age !== 'number') issues.push({ message: 'expected a number', path: [{ key: 'age' }] })
  return issues.length > 0 ? { issues } : { value: { name: name as string, age } }
})
