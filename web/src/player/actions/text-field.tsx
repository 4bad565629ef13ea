import { MAX_TEXT_CHARS } from '../../../../protocol/limits.js'

/** Some lines of text; sent by Ctrl or ⌘ with Enter. */
export function TextField({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (text: string) => void
}) {
  return (
    <label className="action-field">
      {label}
      <textarea
        className="field"
        rows={4}
        maxLength={MAX_TEXT_CHARS}
        value={value}
        onChange={({ target }) => onChange(target.value)}
        onKeyDown={(key) => {
          if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) key.currentTarget.form?.requestSubmit()
        }}
      />
    </label>
  )
}
