/**
 * A reason to stop that the user can act on: printed as it stands, without a stack. Anything else that is
 * thrown is a fault of ours and keeps its stack.
 */
export class StopError extends Error {
  /**
   * @param {string} message what is wrong and what to do about it
   * @param {string} [detail] output of the program that failed, printed indented below the message
   */
  constructor(message, detail = '') {
    super(message)
    this.detail = detail
  }
}
