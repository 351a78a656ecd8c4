import { mkdtempSync, rmSync } from 'node:fs'
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as openRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type AdminOptions, type RunningAdmin, startAdmin } from '../../admin/server.js'
import { openRegistry } from '../../runtime/open-registry.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { ownChroot } from '../registry/services.js'
import { closeLater } from './network.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Parsed; undefined where it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect in it
  readonly json: any
}

export interface Ask {
  readonly method?: string
  readonly body?: unknown
  /** Sent as it is. */
  readonly raw?: string | Buffer
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly cookie?: string | undefined
}

/** A console over real sockets, with an own registry and folder. */
export interface Console {
  readonly admin: RunningAdmin
  readonly registry: Registry
  /** The registry's address, with a place of its own in it. */
  readonly address: string
  readonly data: string
  readonly port: number
  readonly warnings: string[]
  ask(path: string, ask?: Ask): Promise<Answer>
  /** The cookie of a new session. */
  login(username?: string, password?: string): Promise<string>
  /** A request that stays open, as it comes. */
  open(path: string, ask?: Ask): Promise<{ readonly answer: IncomingMessage; readonly request: ClientRequest }>
  close(): Promise<void>
}

export async function startConsole(
  options: Partial<AdminOptions> = {},
  address = `zookeeper://${inject('zooKeeper').builtIn}${ownChroot()}`,
): Promise<Console> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'console-'))
  const warnings: string[] = []
  const registry = options.registry ?? openRegistry(address, { onWarning: (text) => warnings.push(text) })
  const admin = await startAdmin({
    port: 0,
    onWarning: (text) => warnings.push(text),
    ...options,
    registry,
    data,
  })
  const port = Number(new URL(admin.url).port)

  const open: Console['open'] = (path, { method, body, raw, headers = {}, cookie } = {}) =>
    new Promise((done, fail) => {
      const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
      const all = {
        ...(content !== undefined && { 'content-type': 'application/json' }),
        ...(content !== undefined &&
          !headers['transfer-encoding'] && { 'content-length': String(Buffer.byteLength(content)) }),
        ...(cookie !== undefined && { cookie }),
        ...headers,
      }
      const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >
      const request = openRequest(
        { host: '127.0.0.1', port, path, method: method ?? (content === undefined ? 'GET' : 'POST'), headers: sent },
        (answer) => done({ answer, request }),
      )
      request.on('error', fail)
      request.end(content)
    })
  const ask: Console['ask'] = async (path, what) => {
    const { answer } = await open(path, what)
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      // Not everything is.
    }
    return { status: answer.statusCode ?? 0, headers: answer.headers, text, json }
  }
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await admin.close()
    if (!options.registry) await registry.close()
    if (!options.data) rmSync(data, { recursive: true, force: true })
  }
  closeLater(close)
  return {
    admin,
    registry,
    address,
    data,
    port,
    warnings,
    ask,
    open,
    close,
    async login(username = 'root', password = 'root') {
      const answer = await ask('/api/login', { body: { username, password } })
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
      return cookieOf(answer)
    },
  }
}

/** What a browser would send back. */
export function cookieOf({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

/** The events of a stream, as they come; ends with it. */
export async function* eventsOf(
  answer: IncomingMessage,
): AsyncGenerator<{ event: string; id?: string; data: unknown }> {
  let text = ''
  answer.setEncoding('utf8')
  for await (const chunk of answer) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      const [event, data, id] = [field('event'), field('data'), field('id')]
      if (event !== undefined) yield { event, data: JSON.parse(data ?? 'null'), ...(id !== undefined && { id }) }
    }
  }
}
