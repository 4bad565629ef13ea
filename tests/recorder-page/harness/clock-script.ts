/**
 * A script that sets a page's wall clock off by so much. The monotonic clock goes on as before; a page that is loaded
 * under it has begun by the wrong clock too.
 */
export const clockScript = (shiftMs: number, when: 'while-loading' | 'later'): string =>
  `(${shiftClock})(${shiftMs}, ${when === 'while-loading'})`

declare global {
  var realNowMs: () => number
}

/** Runs in the page. */
function shiftClock(shiftMs: number, isLoading: boolean): void {
  const page = globalThis as typeof globalThis & { clockShift?: { nowMs: number; originMs: number } }
  const shift = page.clockShift
  if (shift !== undefined) {
    shift.nowMs = shiftMs
    if (isLoading) shift.originMs = shiftMs
    return
  }
  const made = { nowMs: shiftMs, originMs: isLoading ? shiftMs : 0 }
  page.clockShift = made
  const RealDate = Date
  globalThis.realNowMs = () => RealDate.now()
  const now = () => RealDate.now() + made.nowMs
  const ShiftedDate = function (this: unknown, ...args: unknown[]) {
    if (!new.target) return new RealDate(now()).toString()
    return args.length === 0 ? new RealDate(now()) : Reflect.construct(RealDate, args)
  }
  Object.setPrototypeOf(ShiftedDate, RealDate)
  Object.assign(ShiftedDate, { now })
  ShiftedDate.prototype = RealDate.prototype
  Object.assign(globalThis, { Date: ShiftedDate })
  const { timeOrigin } = performance
  Object.defineProperty(performance, 'timeOrigin', { get: () => timeOrigin + made.originMs })
}
