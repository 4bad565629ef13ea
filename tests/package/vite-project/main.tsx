// One page for each way to have the package in it: #page=all&url=…&token=…
const options = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))
const { page = '', url = '', token = '', candidateId = '' } = options

if (page === 'all') {
  const { recordAll } = await import('./all.js')
  Object.assign(window, { recorder: recordAll(url, token) })
} else {
  const { createRoot } = await import('react-dom/client')
  const { StrictMode } = await import('react')
  const root = createRoot(document.querySelector('#app') as Element)
  if (page === 'react') {
    const { Interview } = await import('./examples/react.js')
    root.render(
      <StrictMode>
        <Interview url={url} token={async () => token} />
      </StrictMode>,
    )
  } else {
    const { Recorded } = await import('./examples/next/app/interviews/[id]/recorded.js')
    const { Said } = await import('./said.js')
    root.render(
      <Recorded candidateId={candidateId}>
        <Said />
      </Recorded>,
    )
  }
}

export {}
