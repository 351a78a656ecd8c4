import { basename } from 'node:path'
import type { Project } from './project.js'
import { checkProto } from './proto-check.js'
import { type ProtoFile, protoPlan } from './proto-plan.js'
import { type ProtoView, protoForwardView, protoView } from './proto-view.js'
import { render } from './render.js'
import { declaredTypes, serviceSchema } from './schema.js'

/**
 * The contracts as protobuf, for programs in other languages: the text of one `.proto` per contract, by path. The bytes
 * are the same as those of the generated codecs. protobufjs has loaded all of it when this returns.
 *
 * Throws ContractError where contracts can't be said in protobuf: two packages that need each other.
 */
export function protoTexts({ folder, model, lock }: Project): Map<string, string> {
  const services = model.files.flatMap((file) => file.declarations).filter((d) => d.kind === 'service')
  const schemas = new Map(services.map((service) => [service.fullName, serviceSchema(model, lock, service)]))
  const plan = protoPlan(model, lock, declaredTypes(model, lock), schemas)
  const source = (path: string) => (path.startsWith('npm:') ? path : `${basename(folder)}/${path}.d.ts`)
  const views = new Map<string, ProtoView>()
  for (const file of plan.files) {
    views.set(protoPath(file.path), protoView(file.files.map((of) => source(of.path)).join(', '), file, plan))
    for (const [path, target] of plan.forwards) {
      if (target === file.path) views.set(protoPath(path), protoForwardView(source(path), file, protoPath(target)))
    }
  }
  const texts = new Map([...views].map(([path, view]) => [path, render('proto', view)] as const))
  checkProto(texts, views)
  return texts
}

/** Where the `.proto` of a contract lies; that of a package's contract too. */
export function protoPath(path: ProtoFile['path']): string {
  return `${path.replace(/^npm:/, 'npm/')}.proto`
}
