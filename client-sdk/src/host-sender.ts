import { Sender } from './sender.js'
import { soon } from './soon.js'

/** The sender of a real page or process, which knows a quicker way than a timer; tests have the time of their own environment. */
class HostSender extends Sender {
  protected override soon(run: () => void): void {
    soon(run)
  }
}

export { HostSender as Sender }
