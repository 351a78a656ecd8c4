/** Pictures of 16 x 16, drawn in lines of the text's colour. They never stand alone: a text or a label says the same. */
const paths = {
  overview: 'M2.5 8.5h4v5h-4zM9.5 2.5h4v11h-4zM2.5 2.5h4v3h-4z',
  services: 'M2.5 3h11v3.5h-11zM2.5 9.5h11V13h-11zM5 4.75h.01M5 11.25h.01',
  applications: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.5 5 8 8.2 13.5 5M8 8.2v6',
  instances: 'M2.5 2.5h11v7.5h-11zM5.5 13.5h5M8 10v3.5',
  topology:
    'M8 5V8M8 8 4 10.8M8 8l4 2.8M8 1.5a1.75 1.75 0 1 1 0 3.5 1.75 1.75 0 0 1 0-3.5M3.5 10.5a1.75 1.75 0 1 1 0 3.5 1.75 1.75 0 0 1 0-3.5M12.5 10.5a1.75 1.75 0 1 1 0 3.5 1.75 1.75 0 0 1 0-3.5',
  rules: 'M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 3v3M5.5 10v3',
  audit: 'M4 1.8h6l2.5 2.5v9.9H4zM6.2 7h4M6.2 9.5h4M6.2 12h2.5',
  account: 'M8 2a2.75 2.75 0 1 1 0 5.5A2.75 2.75 0 0 1 8 2M2.8 13.8c.5-2.6 2.6-4 5.2-4s4.7 1.4 5.2 4',
  users:
    'M6 2.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5M1.5 13.5c.4-2.4 2.1-3.6 4.5-3.6s4.1 1.2 4.5 3.6M10.8 2.9a2.3 2.3 0 0 1 0 4.3M12 10.3c1.4.5 2.2 1.6 2.5 3.2',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3l3.5 3.5',
  ok: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M5.2 8.2l2 2 3.7-4.2',
  warn: 'M8 2 14.5 13.5h-13zM8 6.3v3.5M8 11.6v.01',
  bad: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  info: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 7.3v3.7M8 5v.01',
  idle: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M5.3 8h5.4',
  syncing: 'M13.5 8a5.5 5.5 0 0 1-9.8 3.4M2.5 8a5.5 5.5 0 0 1 9.8-3.4M12.5 1.8v3h-3M3.5 14.2v-3h3',
  away: 'M2 2l12 12M4.5 8.5A5 5 0 0 1 7 7.1M9.5 7.2a5 5 0 0 1 2 1.3M2.3 6.2A8 8 0 0 1 5 4.5M8 4a8 8 0 0 1 5.7 2.2M8 12v.01',
  live: 'M8 7a1 1 0 1 1 0 2 1 1 0 0 1 0-2M4.8 11.2a4.5 4.5 0 0 1 0-6.4M11.2 4.8a4.5 4.5 0 0 1 0 6.4M2.8 13.2a7.3 7.3 0 0 1 0-10.4M13.2 2.8a7.3 7.3 0 0 1 0 10.4',
  sun: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3.05 3.05l1.1 1.1M11.85 11.85l1.1 1.1M12.95 3.05l-1.1 1.1M4.15 11.85l-1.1 1.1',
  moon: 'M13.5 9.7A5.8 5.8 0 0 1 6.3 2.5a5.8 5.8 0 1 0 7.2 7.2',
  system: 'M2 2.5h12v8.5H2zM5.5 13.5h5',
  language:
    'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M1.8 8h12.4M8 1.8c3.4 3.4 3.4 9 0 12.4M8 1.8c-3.4 3.4-3.4 9 0 12.4',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
  down: 'M3.5 6 8 10.5 12.5 6',
  up: 'M3.5 10 8 5.5l4.5 4.5',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  play: 'M4.5 2.5v11l9-5.5z',
  stop: 'M3.5 3.5h9v9h-9z',
  more: 'M3.5 7.6a.4.4 0 1 1 0 .8.4.4 0 0 1 0-.8M8 7.6a.4.4 0 1 1 0 .8.4.4 0 0 1 0-.8M12.5 7.6a.4.4 0 1 1 0 .8.4.4 0 0 1 0-.8',
  back: 'M6 3.5 2.5 7 6 10.5M2.5 7h7a4 4 0 0 1 0 8H7',
  trash: 'M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.7 6.8v4M9.3 6.8v4',
  key: 'M10.5 2a3.5 3.5 0 1 1-2.7 5.7L2.5 13v1H5v-1.5h1.5V11l1.8-1.8A3.5 3.5 0 0 1 10.5 2M11 5v.01',
  logout: 'M6 2.5H2.5v11H6M10 4.5 13.5 8 10 11.5M13.5 8H6',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" aria-hidden="true" focusable="false">
      <path d={paths[name]} stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  )
}

export function Jar() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0f766e" />
      <path
        d="M11 7h10v2.4h-1.6v2.2c3.4 1.2 5.6 3.9 5.6 7.2 0 4-3.3 6.7-5.2 7.2h-7.6C10.3 25.5 7 22.8 7 18.8c0-3.3 2.2-6 5.6-7.2V9.4H11z"
        fill="#fff"
      />
      <path d="M9.6 17.2h12.8" stroke="#0f766e" stroke-width="1.6" />
    </svg>
  )
}
