import { ERRORS, type RecorderError } from '../../protocol/errors.js'

/** What no repetition of a request over HTTP can change. All else is waited out, codes of a later service too. */
export const isForGood = ({ code }: RecorderError): boolean =>
  ERRORS[code].httpStatus < 500 && code !== 'RATE_LIMITED'
