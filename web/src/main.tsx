import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import './style/tokens.css'
import './style/base.css'
import './ui/ui.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { startSignIn } from './auth/sign-in-state.js'
import { ErrorBoundary } from './ui/error-boundary.js'

startSignIn()
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
)
