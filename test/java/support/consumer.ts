import { TicketServiceClient } from '../../../generated/ticket.js'
import type { Call, Interceptor } from '../../../runtime/call.js'
import { type Client, createClient } from '../../../runtime/client.js'
import { RpcError } from '../../../runtime/error.js'
import type { Registry } from '../../../runtime/registry/registry.js'
import { CallsServiceClient, SoldOut, TypesServiceClient } from '../generated/types.js'
import { difference } from './difference.js'
import { circle, manyArguments, rows, soldOut } from './providers.js'
import { values } from './values.js'

/** What a row came to: undefined if it is as expected, else what is wrong. */
export type Outcome = readonly [row: string, wrong: string | undefined]

/** A consumer in TypeScript of everything that the applications in Java provide. */
export interface Consumer {
  readonly client: Client
  readonly tickets: TicketServiceClient
  readonly types: TypesServiceClient
  readonly calls: CallsServiceClient
  readonly grouped: CallsServiceClient
  /** The last call that was made. */
  readonly lastCall: Call | undefined
}

export function consumerOf(registry: Registry): Consumer {
  let lastCall: Call | undefined
  const remember: Interceptor = (next) => (call) => {
    lastCall = call
    return next(call)
  }
  const client = createClient({ registry, application: 'typescript', timeoutMs: 10_000, interceptors: [remember] })
  return {
    client,
    tickets: new TicketServiceClient(client),
    types: new TypesServiceClient(client),
    calls: new CallsServiceClient(client),
    grouped: new CallsServiceClient(client, { group: 'g', version: '1.0.0' }),
    get lastCall() {
      return lastCall
    },
  }
}

/** A call a method: sends its value, and holds the answer against its value. */
export async function typeRows({ types }: Consumer, without: readonly string[] = []): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const service = types as unknown as Record<string, (value: unknown) => Promise<unknown>>
  for (const row of rows) {
    if (without.includes(row)) continue
    const send = service[row] as (value: unknown) => Promise<unknown>
    outcomes.push(await outcome(row, async () => difference(values[row](), await send.call(types, values[row]()))))
  }
  return outcomes
}

export async function callRows(consumer: Consumer): Promise<Outcome[]> {
  const { calls } = consumer
  const thrown = async (how: string) => {
    const error = await failure(calls.soldOut(how))
    if (!(error instanceof SoldOut)) return `${error}`
    const wanted = soldOut(how)
    const shape = ({ message, left, number, reason, until, others }: SoldOut) => ({
      ...{ message, left, number, reason, until, others },
    })
    return difference(shape(wanted), shape(error)) ?? difference(causes(wanted), causes(error))
  }
  return [
    await outcome('voidResult', async () => difference(undefined, await calls.nothing())),
    await outcome('noArguments', async () => ((await calls.who()) === '' ? 'no name' : undefined)),
    await outcome('manyArguments', async () => difference(15, await calls.many(...manyArguments()))),
    await outcome('checkedException_fields', () => thrown('fields')),
    await outcome('checkedException_bare', () => thrown('bare')),
    await outcome('checkedException_causes', () => thrown('causes')),
    await outcome('undeclaredException', async () => {
      const error = await failure(calls.broken('票 broken'))
      return error.message.includes('票 broken') ? undefined : `${error}`
    }),
    await outcome('circleSent', () => refused(calls.circle(circle()))),
    await outcome('circleAnswered', () => refused(calls.circle())),
    await outcome('chainSent', async () =>
      difference('2', (await calls.circle({ label: 'a', next: { label: 'b' } })).label),
    ),
    await outcome('attachments', async () => {
      const asked = await calls.attached({ metadata: { asked: '票' } })
      return difference('票', asked) ?? difference('票', consumer.lastCall?.replyMetadata?.answered)
    }),
  ]
}

async function outcome(row: string, check: () => Promise<string | undefined>): Promise<Outcome> {
  try {
    return [row, await check()]
  } catch (thrown) {
    return [row, `${thrown}`]
  }
}

async function refused(call: Promise<unknown>): Promise<string | undefined> {
  const error = await failure(call)
  return error instanceof RpcError ? undefined : `${error}`
}

async function failure(call: Promise<unknown>): Promise<Error> {
  try {
    return new Error(`not refused: ${JSON.stringify(await call)}`)
  } catch (thrown) {
    return thrown as Error
  }
}

function causes(error: Error): string {
  const messages: string[] = []
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) messages.push(cause.message)
  return messages.join('; ')
}
