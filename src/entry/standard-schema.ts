import { messageOf } from '../errors.ts'

/**
 * The interface of Standard Schema 1 (https://standardschema.dev), which Zod, Valibot, ArkType and others implement.
 * It is made to be copied, so that nobody needs a dependency for it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': StandardProps<Input, Output>
}

interface StandardProps<Input, Output> {
  readonly version: 1
  readonly vendor: string
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
}

/** What a schema makes of a value: a value of its type, or what is wrong with it. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** What is wrong with a value, and where. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema makes of a value: a value, or what is wrong with it in words. */
export type Checked = Fit | { readonly ok: false; readonly issues: string }

/** A class, not a literal: see `decisions/0006-no-literals-on-the-read-path.md`. */
class Fit {
  readonly ok: true = true
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

const MOST_ISSUES = 3
const LONGEST_TEXT = 300
const LONGEST_PATH = 10

/**
 * Asks a schema. Waits only where it does; never throws and never rejects: what the schema throws is an issue. A
 * value that becomes `undefined` is none.
 */
export function checkValue(schema: StandardSchema, value: unknown): Checked | Promise<Checked> {
  try {
    const result: unknown = schema['~standard'].validate(value)
    return isThenable(result) ? Promise.resolve(result).then(judge, failed) : judge(result)
  } catch (error) {
    return failed(error)
  }
}

/** What has failed a check by taking too long. */
export function tooLate(ms: number): Checked {
  return { ok: false, issues: `the schema took longer than ${ms} ms` }
}

/** Whether a value is a schema: an object or, as in ArkType, a function. */
export function isSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const props: unknown = (value as Record<string, unknown>)['~standard']
  if (typeof props !== 'object' || props === null) return false
  const { version, validate } = props as Record<string, unknown>
  return version === 1 && typeof validate === 'function'
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function judge(result: unknown): Checked {
  try {
    const { issues, value } = result as { readonly issues?: unknown; readonly value?: unknown }
    if (issues !== undefined) return { ok: false, issues: issuesText(issues) }
    if (value === undefined) return { ok: false, issues: 'the schema makes nothing of it (undefined)' }
    return new Fit(value)
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): Checked {
  return { ok: false, issues: cut(`the schema failed: ${textOf(error)}`) }
}

function issuesText(issues: unknown): string {
  if (!Array.isArray(issues) || issues.length === 0) return 'the schema says no more'
  const told = issues.slice(0, MOST_ISSUES).map((issue: Partial<StandardIssue> | undefined) => {
    const path = Array.isArray(issue?.path) ? issue.path.slice(0, LONGEST_PATH).map(stepText).join('.') : ''
    const message = textOf(issue?.message)
    return path === '' ? message : `${path}: ${message}`
  })
  const more = issues.length - told.length
  return cut(told.join('; ')) + (more > 0 ? ` (and ${more} more)` : '')
}

function stepText(step: unknown): string {
  const key = typeof step === 'object' && step !== null ? (step as { readonly key?: unknown }).key : step
  return textOf(key)
}

function textOf(value: unknown): string {
  try {
    return messageOf(value)
  } catch {
    return 'something that cannot be shown'
  }
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
}
