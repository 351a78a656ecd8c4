import type { ComponentChildren } from 'preact'

/** A framed part of a page. */
export function Card(props: {
  readonly title?: string
  readonly note?: ComponentChildren
  readonly actions?: ComponentChildren
  /** Its content has its own margins. */
  readonly flush?: boolean
  readonly children: ComponentChildren
}) {
  return (
    <div class="card">
      {props.title && (
        <div class="card-head">
          <h2>{props.title}</h2>
          {props.note && <p>{props.note}</p>}
          <span class="grow" />
          {props.actions}
        </div>
      )}
      {props.flush ? props.children : <div class="card-body">{props.children}</div>}
    </div>
  )
}

export function PageHead(props: {
  readonly title: string
  readonly mono?: boolean
  readonly crumb?: { readonly text: string; readonly href: string }
  readonly children?: ComponentChildren
  readonly actions?: ComponentChildren
}) {
  return (
    <header class="page-head">
      <div>
        {props.crumb && (
          <nav class="crumb" aria-label={props.crumb.text}>
            <a href={props.crumb.href}>{props.crumb.text}</a>
            <span aria-hidden="true">/</span>
          </nav>
        )}
        <h1>{props.title}</h1>
        {props.children}
      </div>
      {props.actions && <div class="actions">{props.actions}</div>}
    </header>
  )
}

/** One figure of several in a row. */
export function Figure(props: {
  readonly label: string
  readonly value: string
  readonly unit?: string | undefined
  readonly note?: string | undefined
  readonly bad?: boolean
  readonly href?: string
}) {
  const content = (
    <>
      <span class="label">{props.label}</span>
      <span class="value">
        {props.value}
        {props.unit && <span class="unit"> {props.unit}</span>}
      </span>
      {props.note && <span class={`note${props.bad ? ' bad' : ''}`}>{props.note}</span>}
    </>
  )
  return props.href ? (
    <a class="figure" href={props.href}>
      {content}
    </a>
  ) : (
    <div class="figure">{content}</div>
  )
}
