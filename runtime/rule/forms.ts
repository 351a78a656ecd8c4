import { z } from 'zod'

/** Dubbo's forms of rules, as they are written in YAML. Everything that isn't named here is a mistake. */

const name = z.string().min(1).max(256)
const texts = z.array(z.string().min(1).max(256)).max(2000)

const head = {
  configVersion: z.string().max(32).optional(),
  version: z.string().max(32).optional(),
  scope: z.enum(['service', 'application']).optional(),
  key: z.string().max(512).optional(),
  description: z.string().max(1024).optional(),
  enabled: z.boolean().default(true),
  force: z.boolean().default(false),
  runtime: z.boolean().optional(),
  dynamic: z.boolean().optional(),
  valid: z.boolean().optional(),
  priority: z.int().default(0),
}

/** Dubbo's StringMatch without regular expressions, which a stranger's rule could make run for ever. */
const textMatch = z
  .strictObject({
    exact: z.string().max(256).optional(),
    prefix: z.string().max(256).optional(),
    wildcard: z.string().max(256).optional(),
    noempty: z.string().max(256).optional(),
    empty: z.string().max(256).optional(),
  })
  .refine((match) => Object.keys(match).length === 1, {
    error: 'says exactly one of exact, prefix, wildcard, empty, noempty',
  })

const parameterMatch = z.strictObject({ key: name, value: textMatch })
const oneOf = z.strictObject({ oneof: z.array(textMatch).min(1).max(200) })
const addressMatch = z
  .strictObject({ exact: name.optional(), wildcard: name.optional() })
  .refine((match) => Object.keys(match).length === 1, { error: 'says exactly one of exact, wildcard' })

export const tagForm = z.strictObject({
  ...head,
  tags: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\x21-\x7e]{1,128}$/, { error: 'is 1 to 128 characters without spaces' }),
        addresses: texts.optional(),
        match: z.array(parameterMatch).min(1).max(50).optional(),
      }),
    )
    .max(200)
    .default([]),
})

export const conditionForm = z.strictObject({
  ...head,
  conditions: z
    .array(z.string({ error: 'is a text: method=find* => host=10.0.0.*' }).max(4096))
    .max(200)
    .default([]),
})

const parameters = z.record(name, z.union([z.string().max(65_536), z.number(), z.boolean()]))

export const overrideForm = z.strictObject({
  ...head,
  configs: z
    .array(
      z.strictObject({
        side: z.enum(['consumer', 'provider']).optional(),
        type: z.string().max(64).optional(),
        enabled: z.boolean().default(true),
        addresses: texts.default([]),
        providerAddresses: texts.default([]),
        applications: texts.default([]),
        services: texts.default([]),
        match: z
          .strictObject({
            address: addressMatch.optional(),
            providerAddress: addressMatch.optional(),
            application: oneOf.optional(),
            app: oneOf.optional(),
            service: oneOf.optional(),
            param: z.array(parameterMatch).min(1).max(50).optional(),
          })
          .optional(),
        parameters: parameters.refine((all) => Object.keys(all).length > 0, { error: 'has to name at least one' }),
      }),
    )
    .max(200)
    .default([]),
})

export type TextMatch = z.infer<typeof textMatch>
export type ParameterMatch = z.infer<typeof parameterMatch>
export type OverrideConfig = z.infer<typeof overrideForm>['configs'][number]
