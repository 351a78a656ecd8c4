import { useEffect, useState } from 'preact/hooks'
import { route, setQuery } from '../route.ts'
import { Icon } from './icon.tsx'

const settleMs = 150

/** A field that is a part of the address: what was searched for can be sent to somebody, and comes back with the page. */
export function FilterField(props: { readonly name: string; readonly label: string; readonly placeholder: string }) {
  const inAddress = route.value.query.get(props.name) ?? ''
  const [text, setText] = useState(inAddress)
  useEffect(() => setText(inAddress), [inAddress])
  useEffect(() => {
    if (text === inAddress) return
    const timer = setTimeout(() => setQuery({ [props.name]: text, offset: undefined }), settleMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div class="search">
      <Icon name="search" size={14} />
      <input
        type="search"
        aria-label={props.label}
        placeholder={props.placeholder}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </div>
  )
}

/** A choice that is a part of the address, as FilterField is. `all` stands for none. */
export function FilterSelect<T extends string>(props: {
  readonly name: string
  readonly label: string
  readonly all: string
  readonly options: readonly T[]
  readonly title: (option: T) => string
}) {
  return (
    <select
      aria-label={props.label}
      value={route.value.query.get(props.name) ?? ''}
      onChange={(event) => setQuery({ [props.name]: event.currentTarget.value, offset: undefined })}
    >
      <option value="">{props.all}</option>
      {props.options.map((option) => (
        <option key={option} value={option}>
          {props.title(option)}
        </option>
      ))}
    </select>
  )
}
