const LINES = [92, 86, 64]
const BLOCKS = { session: [172, 172, 172], comparison: [128, 128, 128, 128, 128, 128] }

/** The layout of what is on its way. */
export function Waiting({ of }: { of: keyof typeof BLOCKS }) {
  return (
    <div className="waiting" role="status" aria-label="Loading">
      {LINES.map((width) => (
        <div key={width} className="skeleton waiting-line" style={{ width: `${width}%` }} />
      ))}
      <div className={of === 'comparison' ? 'distributions' : 'waiting-blocks'}>
        {BLOCKS[of].map((height, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks are all the same
          <div key={i} className="skeleton" style={{ height }} />
        ))}
      </div>
    </div>
  )
}
