import './style/token.css'
import './style/base.css'
import './style/shell.css'
import './style/part.css'
import './style/value.css'
import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './app.tsx'
import { followEvents } from './live.ts'
import { startRouting } from './route.ts'
import { language } from './setting.ts'
import { loadTexts } from './text.ts'

startRouting()
followEvents()
await loadTexts()
effect(() => {
  language.value
  void loadTexts()
})
render(<App />, document.getElementById('app') as HTMLElement)
