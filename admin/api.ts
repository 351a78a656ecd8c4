import type { ServiceSchema } from '../runtime/schema/schema.js'

/*
 * What the console's server and its pages say to each other, and whoever else speaks to `/api`: types only, no code.
 * docs/admin.md tells it with examples.
 *
 * Everything is JSON. Points in time are ISO 8601 text, but milliseconds since 1970 in series; durations are milliseconds.
 * A property that isn't known is absent, never null. Texts that come from the registry, from contracts and from rules are
 * foreign: they are to be shown as text.
 *
 * Without a session every path but `POST /api/login` and `GET /api/about` answers 401. An answer of 400 and above has an ApiError.
 * Whatever changes something is to be sent with `Content-Type: application/json`, a body too where there is nothing to say (`{}`).
 */

// ---------------------------------------------------------------------------------------------------- in general

/** Any answer of 400 and above. */
export interface ApiError {
  readonly error: {
    /**
     * `unauthenticated` 401 · `forbidden` 403 (the role is too small, or the request came from another site) · `not_found` 404 ·
     * `invalid` 400 · `conflict` 409 · `too_large` 413 · `too_many` 429 (`Retry-After` says when) · `unavailable` 503 (the registry
     * or the monitor is away) · `internal` 500
     */
    readonly code:
      | 'unauthenticated'
      | 'forbidden'
      | 'not_found'
      | 'invalid'
      | 'conflict'
      | 'too_large'
      | 'too_many'
      | 'unavailable'
      | 'internal'
    readonly message: string
    /** Where in the request it is wrong: `password`, `args.seats[1]`, `text` */
    readonly field?: string
    /** In a rule's text, from 1. */
    readonly line?: number
    /** Of a conflict: what is there now; `none`: nothing. */
    readonly revision?: string
  }
}

/** A part of a list. Asked for by `offset` (default 0) and `limit` (default 50, at most 500). */
export interface Page<T> {
  readonly items: readonly T[]
  /** Of all that fit what was searched for. */
  readonly total: number
  readonly offset: number
  readonly limit: number
  /** Which state of the registry it is of: `RegistryStatus.revision`. */
  readonly revision: number
}

/** `viewer` looks; `operator` calls methods and writes rules, too; `admin` also minds the users. */
export type Role = 'viewer' | 'operator' | 'admin'

// ---------------------------------------------------------------------------------------------------- about, status

/** `GET /api/about`: what the page that asks for the password may know. */
export interface About {
  readonly version: string
  /** root/root still opens the console: to be shown on the login page, and as a banner on every page. */
  readonly defaultPassword: boolean
}

/** `GET /api/status`, and the event `status` after each change. */
export interface Status {
  readonly version: string
  readonly registry: RegistryStatus
  readonly monitor: MonitorStatus
  /** As in About. */
  readonly defaultPassword: boolean
  /** The server's clock, for ages. */
  readonly now: string
}

export interface RegistryStatus {
  /** Without secrets: `zookeeper://127.0.0.1:2181` */
  readonly name: string
  /**
   * `syncing`: it is being read for the first time; lists show what is known so far. `connected`. `away`: what is shown is its last
   * word, which may be none.
   */
  readonly state: 'syncing' | 'connected' | 'away'
  /** Of `state`. */
  readonly since: string
  /** Why it is away. */
  readonly reason?: string
  /** While syncing: how many services have been read, of how many. */
  readonly progress?: { readonly read: number; readonly of: number }
  /** Goes up with every change of what is registered. */
  readonly revision: number
}

export interface MonitorStatus {
  /** `none`: no MonitorService is registered. `away`: it is, and doesn't answer. */
  readonly state: 'none' | 'connected' | 'away'
  readonly reason?: string
  /** Of the last minute that it has told of. */
  readonly until?: string
}

// ---------------------------------------------------------------------------------------------------- session

/** `POST /api/login`. 200 with a Session and the cookie; 401 for a wrong name or password alike; 429 after too many. */
export interface LoginRequest {
  readonly username: string
  readonly password: string
}

/** `GET /api/session`: who is logged in. */
export interface Session {
  readonly user: { readonly name: string; readonly role: Role }
  /** This user's password is the one that everybody knows: ask for another. */
  readonly defaultPassword: boolean
  /** When the session ends whatever is done. */
  readonly expiresAt: string
  /** Without a request it ends after so many milliseconds. */
  readonly idleTimeoutMs: number
}

/** `POST /api/logout` `{}` → 204. The session is gone on the server, and its event streams end. */

/** `POST /api/password` → 200 with a Session: a new one, all others of the user are gone. */
export interface PasswordRequest {
  readonly current: string
  /** 8 to 256 characters, and not the default. */
  readonly next: string
}

/** `GET /api/users` → UserRow[]; admins only. */
export interface UserRow {
  readonly name: string
  readonly role: Role
  readonly defaultPassword: boolean
  readonly changedAt: string
  readonly lastLoginAt?: string
  /** Sessions that are open. */
  readonly sessions: number
}

/** `POST /api/users` → 201 with a UserRow; 409 where there is one of that name. */
export interface NewUser {
  /** 1 to 64 of `A-Z a-z 0-9 . _ @ -` */
  readonly name: string
  readonly password: string
  readonly role: Role
}

/** `PATCH /api/users/:name` → 200 with a UserRow. Ends the user's sessions. The last admin stays one. */
export interface UserChange {
  readonly role?: Role
  readonly password?: string
}

/** `DELETE /api/users/:name` → 204. Not oneself, not the last admin. */

// ---------------------------------------------------------------------------------------------------- figures

/** What the monitor says of the last minute; absent everywhere while there is none. */
export interface Figures {
  /** Calls a second. */
  readonly rate: number
  /** Failed calls a second. */
  readonly errorRate: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  /** Calls in hand at the same time, the most of the minute: of a service in all of its providers, else in one process. */
  readonly concurrent?: number
}

/**
 * `GET /api/metrics?metric=calls&service=...&from=...&to=...`: curves over time. `from` and `to` are ISO 8601 or milliseconds since
 * 1970; default: the last hour. 503 `unavailable` while there is no monitor.
 */
export interface MetricsQuery {
  /** `calls` and `errors` a second; `p50`, `p99` and `mean` in milliseconds; `concurrent` is the most at a time. */
  readonly metric: Metric
  /** One line each, the 20 with the most; absent: one line for all. */
  readonly by?: 'service' | 'method' | 'side' | 'application' | 'instance' | 'peer' | 'code'
  /** Only these; the parameters of the same names. */
  readonly service?: string
  readonly method?: string
  /** Whose count: the callers', or the providers'. Default `consumer`; `provider` with or by `instance`. */
  readonly side?: 'consumer' | 'provider'
  readonly application?: string
  /** `host:port` of a provider. */
  readonly instance?: string
  /** The application at the other end. */
  readonly peer?: string
  readonly from?: string
  readonly to?: string
}

export type Metric = 'calls' | 'errors' | 'p50' | 'p99' | 'mean' | 'concurrent'

export interface Series {
  readonly metric: Metric
  readonly unit: 'per_second' | 'ms' | 'calls'
  /** Of one point: 60,000, or 3,600,000 for ranges beyond a day. */
  readonly stepMs: number
  /** Milliseconds since 1970: where each point begins. */
  readonly times: readonly number[]
  readonly lines: readonly SeriesLine[]
  /** There are more lines than these. */
  readonly truncated: boolean
}

export interface SeriesLine {
  /** `com.miao.server.TicketService`, `deadline_exceeded`; empty for the one line of all. */
  readonly label: string
  /** One a point; null where nothing was counted. */
  readonly values: readonly (number | null)[]
}

// ---------------------------------------------------------------------------------------------------- overview

/** `GET /api/overview`. The curves on the page are `GET /api/metrics`. */
export interface Overview {
  readonly status: Status
  readonly counts: {
    readonly services: number
    readonly applications: number
    /** Processes that provide, by host and port. */
    readonly instances: number
    readonly consumers: number
    readonly rules: number
    /** Services by their status. */
    readonly byStatus: Readonly<Record<ServiceStatus, number>>
    /** Services with at least one incompatible pair. */
    readonly incompatible: number
    /** Entries that can't be read. */
    readonly garbage: number
  }
  readonly figures?: Figures
  /** The fullest first, at most 50. */
  readonly capacity: readonly CapacityRow[]
  /** Most errors a second first, at most 10; only with a monitor. */
  readonly failing: readonly ServiceRow[]
}

/** How full a service is: calls in hand against what its providers take. */
export interface CapacityRow {
  readonly service: string
  readonly instances: number
  /** Calls in hand at the same time, all providers, the most of the last minute. */
  readonly inUse: number
  /**
   * What all of them take: Dubbo's `executes`, by a rule or as a provider registers it; where each of its methods has a limit of its own
   * (`find.executes`), their sum. Absent where none is told.
   */
  readonly limit?: number
  /** `inUse / limit`, 0 to 1 and beyond. */
  readonly usage?: number
  /** So many instances would bring it under 60 %. */
  readonly needed?: number
}

// ---------------------------------------------------------------------------------------------------- services

/**
 * - `in_use`: has providers and consumers · `no_consumer` · `no_provider`: somebody asks for it in vain · `all_offline`: every provider is
 *   disabled · `nobody`: a place without anybody
 */
export type ServiceStatus = 'in_use' | 'no_consumer' | 'no_provider' | 'all_offline' | 'nobody'

/** `GET /api/services?q=...` → Page<ServiceRow>. Upper and lower case are the same, parts of a name will do. */
export interface ServicesQuery {
  /** What to search for; several words have all to be found. */
  readonly q?: string
  /** Where; default: in all of them. */
  readonly in?: 'service' | 'application' | 'address'
  readonly status?: ServiceStatus
  /** `true`: only those with incompatible pairs, or with entries that can't be read. */
  readonly trouble?: 'true'
  /** Default `name`; a leading `-` turns it round. */
  readonly sort?: ServiceSort | `-${ServiceSort}`
  readonly offset?: number
  readonly limit?: number
}

export type ServiceSort = 'name' | 'providers' | 'consumers' | 'rate' | 'errors' | 'p99'

export interface ServiceRow {
  readonly name: string
  readonly status: ServiceStatus
  /** Registered, and of these those that take calls. */
  readonly providers: number
  readonly online: number
  readonly consumers: number
  readonly versions: readonly string[]
  readonly groups: readonly string[]
  /** That provide it. */
  readonly applications: readonly string[]
  /** `tsubo`, `dubbo`, `tri` ... */
  readonly protocols: readonly string[]
  /** Consumers that can't be served by some, or all, of what is there: at most 100. */
  readonly incompatible: number
  /** Entries that can't be read. */
  readonly garbage: number
  readonly figures?: Figures
}

/** `GET /api/services/:name` → 404 where the registry has no place for it. */
export interface ServiceDetail {
  readonly service: ServiceRow
  /** Each `group/name:version` that is provided or asked for. */
  readonly keys: readonly ServiceKeyText[]
  /** At most 1,000; `service.providers` says how many there are. */
  readonly providers: readonly ProviderRow[]
  /** The same with consumers. */
  readonly consumers: readonly ConsumerRow[]
  readonly incompatible: readonly IncompatiblePair[]
  readonly garbage: readonly { readonly entry: string; readonly reason: string }[]
  /** Rules there are that are for it, its applications' too. */
  readonly rules: readonly string[]
  readonly revision: number
}

export interface ServiceKeyText {
  readonly name: string
  readonly group?: string
  readonly version?: string
}

export interface ProviderRow {
  readonly key: ServiceKeyText
  /** `host:port`, to be named in `InvokeRequest.provider`, in rules and in `/api/instances/:address`. */
  readonly address: string
  readonly host: string
  readonly port: number
  /** The best one first. */
  readonly protocols: readonly string[]
  /** Ours or a Java provider. */
  readonly kind: 'tsubo' | 'java'
  readonly application: string
  /** As registered, and as it is by the rules that hold. */
  readonly weight: number
  readonly effectiveWeight: number
  /** Registered as taking calls; and not switched off by a rule. */
  readonly online: boolean
  readonly disabledByRule: boolean
  readonly since?: string
  /** Of the contract it serves; equal hashes mean equal bytes. */
  readonly contract?: string
  /** The other parameters of its registration, `token` without its value. */
  readonly params: Readonly<Record<string, string>>
  readonly figures?: Figures
}

export interface ConsumerRow {
  readonly key: ServiceKeyText
  readonly application: string
  readonly host: string
  readonly kind: 'tsubo' | 'java'
  readonly since?: string
  readonly contract?: string
  readonly figures?: Figures
}

/** A consumer and what it finds. */
export interface IncompatiblePair {
  readonly consumer: { readonly application: string; readonly host: string; readonly key: ServiceKeyText }
  /**
   * `version`: nobody provides what it asks for. `contract`: these providers have another one, which would be misread; others may be
   * there that it calls. It says so itself within 5 s of a call, for the methods that it has called; Java's consumers don't.
   */
  readonly kind: 'version' | 'contract'
  /** Of the providers that don't fit. */
  readonly providers: readonly string[]
  /** `book: com.example.BookRequest.seats: it was int32 and is string`; consumer against provider. At most 8, each the first of its contract. */
  readonly reasons: readonly string[]
}

/**
 * `GET /api/services/:name/contract?group=&version=` (empty: none; absent: whichever): asked of a provider, remembered by its hash.
 */
export type Contract =
  | {
      readonly state: 'found'
      readonly schema: ServiceSchema
      /** The contract as its owner wrote it, itself first; empty where its code was generated without. */
      readonly files: readonly { readonly path: string; readonly text: string }[]
      /**
       * Doc comments without their tags: of the service by its full name, of types by theirs, of members by
       * `<full name>.<member>`.
       */
      readonly comments: Readonly<Record<string, string>>
      /** Who told it. */
      readonly from: string
    }
  | {
      readonly state: 'unknown'
      /** Java providers and those that are out of reach tell none. */
      readonly reason: string
      /** Names of methods from their registration, where they say them. */
      readonly methods: readonly string[]
    }

// ---------------------------------------------------------------------------------------------------- try a call

/**
 * `POST /api/services/:name/invoke`; operators. 200 with an InvokeResult also where the call failed; 400 with a `field` where the
 * arguments don't fit: then nobody was called.
 *
 * Values are in the JSON form of contracts: 64-bit integers and decimals are text, Date is ISO 8601, bytes are base64, Map is an array
 * of pairs, Set an array, NaN and the infinities are text.
 */
export interface InvokeRequest {
  readonly method: string
  readonly group?: string
  readonly version?: string
  /** One value for each parameter but a streamed one, trailing optional ones may be left out; null: absent, or the value null where the type has it. */
  readonly args: readonly unknown[]
  /** Of a method that takes a stream: its items, at most 1,000. */
  readonly items?: readonly unknown[]
  /** `host:port` of one that is registered for it; absent: whoever is chosen. */
  readonly provider?: string
  /** Default: the contract's, else 1,000; at most 60,000. */
  readonly timeoutMs?: number
  readonly metadata?: Readonly<Record<string, string>>
}

export interface InvokeResult {
  /** The value; absent for void and undefined. Of a method that streams out: all items, as an array. */
  readonly value?: unknown
  /** More items came than the 1,000 that are shown; the call was cancelled. */
  readonly truncated?: boolean
  readonly error?: {
    /** gRPC's, in snake case: `deadline_exceeded` */
    readonly code: string
    readonly message: string
    /** Of a declared error: its full name and its properties. */
    readonly type?: string
    readonly fields?: Readonly<Record<string, unknown>>
    readonly details?: Readonly<Record<string, string>>
    /** The part of the arguments it is about, where that is known: `args.seats[1]` */
    readonly field?: string
    /** No handler saw the call. */
    readonly retryable: boolean
  }
  readonly elapsedMs: number
  /** `host:port` that answered, where one did. */
  readonly provider?: string
  /** That came with the answer; of names that end with `-bin` in base64. */
  readonly metadata: Readonly<Record<string, string>>
  /** The same as a command for a shell. */
  readonly command: string
}

/**
 * `POST /api/services/:name/stream` with an InvokeRequest: the same for methods that stream out, told as it comes: lines of JSON
 * (`application/x-ndjson`), the last one `end`. Ending the request cancels the call.
 */
export type StreamLine =
  | { readonly kind: 'item'; readonly value: unknown; readonly atMs: number }
  | { readonly kind: 'end'; readonly result: InvokeResult }

// ---------------------------------------------------------------------------------------------------- applications, instances

/** `GET /api/applications?q=&offset=&limit=` → Page<ApplicationRow>, by name. */
export interface ApplicationRow {
  readonly name: string
  /** Processes: of providers by host and port, of others by host. */
  readonly instances: number
  readonly provides: number
  readonly consumes: number
  readonly kinds: readonly ('tsubo' | 'java')[]
  readonly figures?: Figures
}

/** `GET /api/applications/:name`; an unnamed application is `-`. */
export interface ApplicationDetail {
  readonly application: ApplicationRow
  readonly instances: readonly InstanceRow[]
  readonly provides: readonly ServiceRow[]
  readonly consumes: readonly ServiceRow[]
  readonly rules: readonly string[]
}

/** `GET /api/instances?q=&offset=&limit=` → Page<InstanceRow>, by address. */
export interface InstanceRow {
  /** `host:port`; of a process that only consumes: `application@host`. */
  readonly address: string
  readonly host: string
  readonly port?: number
  readonly application: string
  readonly role: 'provider' | 'consumer'
  readonly kind: 'tsubo' | 'java'
  readonly protocols: readonly string[]
  readonly services: number
  /** Of its services. */
  readonly online: number
  readonly since?: string
  readonly figures?: Figures
}

/** `GET /api/instances/:address` */
export interface InstanceDetail {
  readonly instance: InstanceRow
  readonly provides: readonly ProviderRow[]
  /** Of the same application and host. */
  readonly consumes: readonly ConsumerRow[]
  /**
   * What the provider itself says, by its health service; `unreachable` where it hasn't answered within a second. Absent where it isn't
   * asked: Java's, consumers, link-local addresses.
   */
  readonly health?: 'serving' | 'not_serving' | 'unknown' | 'unreachable'
}

/** `GET /api/search?q=...`: the first 8 of each, for the search box. */
export interface SearchResult {
  readonly services: readonly string[]
  readonly applications: readonly string[]
  readonly instances: readonly string[]
  readonly rules: readonly string[]
}

// ---------------------------------------------------------------------------------------------------- topology

/** `GET /api/topology?application=&service=`: who calls whom; with a filter only what touches it. */
export interface Topology {
  readonly nodes: readonly TopologyNode[]
  readonly edges: readonly TopologyEdge[]
  /** There are more than 200 nodes or 1,000 edges; those with most traffic are here. */
  readonly truncated: boolean
}

export interface TopologyNode {
  readonly application: string
  readonly instances: number
  readonly provides: number
  readonly consumes: number
  readonly kinds: readonly ('tsubo' | 'java')[]
}

export interface TopologyEdge {
  /** Applications: who calls, and whom. */
  readonly from: string
  readonly to: string
  /** At most 20, by name. */
  readonly services: readonly string[]
  readonly figures?: Figures
}

// ---------------------------------------------------------------------------------------------------- rules

export type RuleKind = 'tag-router' | 'condition-router' | 'configurators'

/** `GET /api/rules?q=&kind=&offset=&limit=` → Page<RuleRow>, by key. */
export interface RuleRow {
  /** `shop.tag-router`, `com.miao.server.TicketService:1.0:.configurators` */
  readonly key: string
  readonly kind: RuleKind
  /** Whom it governs: a service or an application. */
  readonly service?: ServiceKeyText
  readonly application?: string
  readonly revision: string
  readonly changedAt: string
  readonly enabled: boolean
  /** Why it is none: what holds is what held before. */
  readonly invalid?: string
}

/** `GET /api/rules/:key` → 404 where there is none. */
export interface RuleDetail extends RuleRow {
  /** YAML as it is kept, comments and all. */
  readonly text: string
  /** The same as data; absent where it can't be read. */
  readonly form?: RuleForm
}

/** What a rule says, as data, in Dubbo's form. The pages show these fields and keep what else is there. */
export type RuleForm = TagForm | ConditionForm | OverrideForm

interface RuleHead {
  readonly configVersion?: string
  readonly scope?: 'service' | 'application'
  readonly key?: string
  readonly description?: string
  readonly enabled?: boolean
  readonly force?: boolean
  readonly runtime?: boolean
  readonly priority?: number
}

export interface TagForm extends RuleHead {
  readonly tags: readonly {
    readonly name: string
    readonly addresses?: readonly string[]
    readonly match?: readonly ParameterMatch[]
  }[]
}

export interface ConditionForm extends RuleHead {
  /** `method=find* => host=10.0.0.*` */
  readonly conditions: readonly string[]
}

export interface OverrideForm extends RuleHead {
  readonly configs: readonly {
    readonly side?: 'consumer' | 'provider'
    readonly enabled?: boolean
    readonly addresses?: readonly string[]
    readonly providerAddresses?: readonly string[]
    readonly applications?: readonly string[]
    readonly services?: readonly string[]
    readonly match?: unknown
    /** `weight`, `disabled`, `timeout`, `retries`, `mock`, `tps`, `actives` ...; for one method `book.timeout`. */
    readonly parameters: Readonly<Record<string, string | number | boolean>>
  }[]
}

export interface ParameterMatch {
  readonly key: string
  readonly value: Readonly<Partial<Record<'exact' | 'prefix' | 'wildcard' | 'empty' | 'noempty', string>>>
}

/** What to write: the text itself, or the form, which is written into the text that is there. */
export type RuleContent = { readonly text: string } | { readonly form: RuleForm }

/**
 * `POST /api/rules/:key/preview` with a RuleContent: the dry run. Writes nothing. 200 also for what is no rule: `problem` says why.
 */
export interface RulePreview {
  readonly key: string
  readonly kind: RuleKind
  /** What would be kept. */
  readonly text: string
  readonly form?: RuleForm
  readonly revision: string
  readonly problem?: { readonly message: string; readonly line?: number }
  /** Against what is there now. */
  readonly diff: readonly DiffLine[]
  readonly changed: boolean
  /** What is there now: to be sent as `expected`. */
  readonly expected: string
  /** What each part of it matches of what is registered. */
  readonly matches: readonly RuleMatch[]
  /** How the traffic of the last minute would have gone; absent without a monitor. */
  readonly traffic?: RuleTraffic
  readonly warnings: readonly string[]
}

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}

export interface RuleMatch {
  /** `tag gray`, `conditions[0] host=10.* => ...`, `configs[1]` */
  readonly part: string
  readonly of: 'providers' | 'consumers'
  /** At most 100. */
  readonly matched: readonly string[]
  readonly count: number
  readonly among: number
  /** What follows from it that isn't seen at once. */
  readonly note?: string
}

export interface RuleTraffic {
  /** Share of the calls that would have gone to another provider, 0 to 1. */
  readonly moved: number
  /** Share that would have found nobody. */
  readonly failing: number
  /** Calls a second that it is reckoned from. */
  readonly rate: number
  /** Calls a second that each had, and would have had. */
  readonly providers: readonly { readonly address: string; readonly before: number; readonly after: number }[]
}

/** `PUT /api/rules/:key` → 200 with a RuleDetail; operators. 400 where it is no rule, 409 where `expected` isn't there any more. */
export type RuleSave = RuleContent & {
  /** The revision that it takes the place of; `none`: there is none. */
  readonly expected: string
}

/** `DELETE /api/rules/:key?expected=<revision>` → 204; operators. */

/** `GET /api/rules/:key/history` → FormerRule[], newest first. */
export interface FormerRule {
  readonly revision: string
  readonly replacedAt: string
  /** Absent: there was no rule. */
  readonly text?: string
}

/** `POST /api/rules/:key/rollback` → 200 with a RuleDetail, 204 where it leads back to no rule; operators. */
export interface RuleRollback {
  /** Of its history; absent: the latest. */
  readonly revision?: string
  readonly expected: string
}

/** `GET /api/rules/:key/delivery`: who goes by it. Consumers say so within 5 s. */
export interface RuleDelivery {
  readonly revision: string
  /** Consumers of ours that it is for, and of these those that go by this revision. */
  readonly consumers: number
  readonly applied: number
  readonly refusing: readonly { readonly consumer: string; readonly reason: string }[]
  /** Of ours that haven't said anything yet, or go by another one. At most 100. */
  readonly waiting: readonly { readonly consumer: string; readonly revision?: string }[]
  /** Java consumers that it is for: they don't report. */
  readonly silent: number
}

/**
 * `POST /api/rules/draft` → RuleDraft: which rule, with which content, does what is wanted. Writes nothing; what comes back goes through
 * preview and save.
 */
export type RuleIntent =
  | { readonly action: 'weight'; readonly service: ServiceKeyText; readonly address: string; readonly weight: number }
  | { readonly action: 'enable' | 'disable'; readonly service: ServiceKeyText; readonly address: string }

export interface RuleDraft {
  readonly key: string
  readonly text: string
  readonly form: RuleForm
}

// ---------------------------------------------------------------------------------------------------- audit

/** `GET /api/audit?user=&action=&q=&offset=&limit=` → Page<AuditEntry>, newest first; operators and admins. */
export interface AuditEntry {
  readonly id: number
  readonly at: string
  readonly user: string
  /** Where from. */
  readonly host: string
  readonly action: AuditAction
  /** The rule's key, the user's name, the service and method. */
  readonly target: string
  readonly before?: string
  readonly after?: string
  /** `done`, or why it wasn't. */
  readonly outcome: string
}

export type AuditAction =
  | 'login'
  | 'logout'
  | 'login.refused'
  | 'password.change'
  | 'user.create'
  | 'user.change'
  | 'user.delete'
  | 'rule.save'
  | 'rule.delete'
  | 'rule.rollback'
  | 'call'

// ---------------------------------------------------------------------------------------------------- events

/**
 * `GET /api/events`: server-sent events. At most 4 streams a session and 64 in all (429 beyond). Each has an `id`; with
 * `Last-Event-ID` what was missed is told, or `resync` where that is too long ago. A comment comes every 15 s. The stream ends with
 * the session. `data` is the JSON of what stands here.
 */
export interface AdminEvents {
  /** First of all, and after each change. */
  readonly status: Status
  /** What is registered has changed: whatever shows it asks again. Told at once, then at most five times a second. */
  readonly registry: RegistryChange
  /** A rule was written or deleted, here or elsewhere. */
  readonly rule: { readonly key: string; readonly revision: string }
  /** The monitor has told of another minute: charts and figures ask again. */
  readonly figures: { readonly until: string; readonly figures: Figures }
  /** Too much was missed: ask for everything again. */
  readonly resync: Record<string, never>
}

export interface RegistryChange {
  readonly revision: number
  /** At most 100. */
  readonly services: readonly ServiceChange[]
  /** More services have changed than are named. */
  readonly more: boolean
}

export interface ServiceChange {
  readonly name: string
  /** Addresses of providers that came, went, or changed (weight, online). At most 50 each. */
  readonly came: readonly string[]
  readonly went: readonly string[]
  readonly changed: readonly string[]
  /** Consumers, the difference. */
  readonly consumers: number
}
