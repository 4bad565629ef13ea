/** What stands beside the recording could not be read: nobody should take what is there for all of it. */
export const Unread = ({ text, onRetry }: { text: string; onRetry: (() => void) | undefined }) => (
  <p className="review-failure" role="alert">
    {text}
    {onRetry !== undefined && (
      <>
        {' '}
        <button type="button" className="button button-outlined" onClick={onRetry}>
          Try again
        </button>
      </>
    )}
  </p>
)
