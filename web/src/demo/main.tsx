import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import '../style/tokens.css'
import '../style/base.css'
import '../ui/ui.css'
import './demo.css'
import './screens/frame.css'
import './screens/panels.css'
import './screens/rich-text.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { takeToken } from '../auth/token.js'
import { ErrorBoundary } from '../ui/error-boundary.js'
import { takeAccess } from './entry/access.js'
import { DemoApp } from './screens/demo-app.js'

// A new link that is opened in this very tab changes the fragment alone and loads nothing by itself.
addEventListener('hashchange', () => {
  if (takeToken(location.hash).token !== null) location.reload()
})

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ErrorBoundary>
      <DemoApp access={takeAccess()} />
    </ErrorBoundary>
  </StrictMode>,
)
