import type { Receipt } from '@interviewlm/recorder-sdk'

/** Puts a receipt into a file of the candidate's own: who holds it can have the recording held against it later. */
export function saveReceipt(receipt: Receipt): void {
  const file = new Blob([`${JSON.stringify(receipt, null, 2)}\n`], { type: 'application/json' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = `receipt-${receipt.sessionId}.json`
  link.click()
  URL.revokeObjectURL(link.href)
}
