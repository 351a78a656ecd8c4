import { z } from 'zod'
import { type ConditionRule, parseCondition } from '../cluster/condition-router.js'
import type { TagRule } from '../cluster/tag-router.js'
import { nearest } from '../schema/nearest.js'
import { conditionForm, overrideForm, tagForm } from './forms.js'
import { type Override, readOverride } from './override.js'
import { configOfUrl } from './override-url.js'
import { textMatches } from './text-match.js'
import { RuleError, readYaml, type Yaml } from './yaml.js'

/** Dubbo's kinds of rules by the ending of their node's name: `shop.tag-router`. */
export const ruleKinds = ['tag-router', 'condition-router', 'configurators'] as const
export type RuleKind = (typeof ruleKinds)[number]

/** A rule, checked and ready to be used. */
export type Rule =
  | { readonly kind: 'tag-router'; readonly tag: TagRule }
  | { readonly kind: 'condition-router'; readonly condition: ConditionRule; readonly priority: number }
  | { readonly kind: 'configurators'; readonly overrides: readonly Override[] }

/** What a node's name says of the rule in it; undefined: it is none. */
export function ruleKindOf(key: string): RuleKind | undefined {
  return ruleKinds.find((kind) => key.endsWith(`.${kind}`) && key.length > kind.length + 1)
}

/**
 * Reads a rule in Dubbo's form: YAML, or JSON, which is YAML. It is data; nothing in it is run. Throws RuleError that says
 * the line, what is wrong and what would do.
 */
export async function readRule(kind: RuleKind, bytes: Uint8Array): Promise<Rule> {
  const yaml = await readYaml(bytes)
  switch (kind) {
    case 'tag-router': {
      const { enabled, force, tags } = checked(tagForm, yaml)
      tags.forEach((tag, i) => {
        if (!tag.addresses && !tag.match) return
        if (tags.findIndex((other) => other.name === tag.name) < i) {
          throw at(yaml, ['tags', i, 'name'], `the tag ${JSON.stringify(tag.name)} is there already`)
        }
      })
      const read = tags.map(({ name, addresses, match }) => ({
        name,
        addresses,
        ...(match && {
          match: (params: ReadonlyMap<string, string>) =>
            match.every(({ key, value }) => textMatches(value, params.get(key))),
        }),
      }))
      return { kind, tag: { enabled, force, tags: read } }
    }
    case 'condition-router': {
      const { enabled, force, conditions, priority } = checked(conditionForm, yaml)
      for (const [i, text] of conditions.entries()) told(yaml, ['conditions', i], () => parseCondition(text))
      return { kind, condition: { enabled, force, conditions }, priority }
    }
    case 'configurators': {
      const plain = withoutUrls(yaml)
      const { enabled, configs } = checked(overrideForm, plain)
      const overrides = configs.map((config, i) =>
        told(plain, ['configs', i, 'parameters'], (below) => readOverride(config, below)),
      )
      return { kind, overrides: enabled ? overrides : [] }
    }
  }
}

/** Dubbo's older tools write a list of override URLs in the place of a rule. */
function withoutUrls(yaml: Yaml): Yaml {
  const { value, lineOf } = yaml
  if (!Array.isArray(value)) return yaml
  const configs = value.map((text, i) => told(yaml, [i], () => configOfUrl(String(text))))
  return { value: { configs }, lineOf: (path) => lineOf(path.slice(1, 2)) }
}

/** Runs what throws a RangeError for content that makes no sense, and says where that stands. */
function told<T>(yaml: Yaml, path: readonly PropertyKey[], read: (below: (name: string) => void) => T): T {
  let place = path
  try {
    return read((name) => {
      place = [...path, name]
    })
  } catch (error) {
    if (error instanceof RangeError) throw at(yaml, place, error.message)
    throw error
  }
}

function checked<T extends z.ZodType>(form: T, yaml: Yaml): z.infer<T> {
  const { value } = yaml
  if (value === null || value === undefined) throw new RuleError('is empty; delete the node, or write "enabled: false"')
  const result = form.safeParse(value)
  if (result.success) return result.data
  // A misspelt name is why another one is missing.
  const { issues } = result.error
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (!issue) throw new RuleError('is of another form')
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const known = keysAt(form, issue.path)
    const meant = nearest(key, known)
    const hint = meant ? `did you mean "${meant}"?` : `there are ${known.join(', ')}`
    throw at(yaml, [...issue.path, key], `there is no ${JSON.stringify(key.slice(0, 80))}; ${hint}`)
  }
  throw at(yaml, issue.path, issue.message.slice(0, 300))
}

/** The keys that a form knows at a path. */
function keysAt(form: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: z.ZodType | undefined = form
  const bare = (type: unknown): z.ZodType | undefined => {
    let inner = type
    while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap()
    return inner as z.ZodType | undefined
  }
  for (const step of path) {
    here = bare(here)
    if (here instanceof z.ZodArray) here = bare(here.element)
    else if (here instanceof z.ZodObject) here = bare(here.shape[String(step)])
  }
  here = bare(here)
  return here instanceof z.ZodObject ? Object.keys(here.shape) : []
}

/** `line 4: tags[0].name: ...` */
function at(yaml: Yaml, path: readonly PropertyKey[], message: string): RuleError {
  const place = path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${String(step).slice(0, 80)}`))
    .join('')
  return new RuleError(`line ${yaml.lineOf(path)}: ${place ? `${place}: ` : ''}${message}`)
}
