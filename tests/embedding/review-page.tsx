import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Review } from './review.js'

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <Review archiveUrl="/session" />
  </StrictMode>,
)
