import { spawn } from 'node:child_process'
import type { Log } from '../../runtime/log.ts'

/** What is told to the service manager (sd_notify(3)), such as `READY=1`. */
export type Notify = (...assignments: readonly string[]) => Promise<void>

/** Hands assignments to the service manager; rejects where that cannot be done. */
export type NotifyTransport = (assignments: readonly string[]) => Promise<void>

/**
 * Tells the service manager how this process is, where one listens ($NOTIFY_SOCKET), one message after the other. That it cannot be told is said
 * once in the log and hinders nothing here; the manager draws its own conclusions.
 */
export function serviceNotify(
  env: NodeJS.ProcessEnv,
  log: Log,
  transport: NotifyTransport = systemdNotify,
): Notify | undefined {
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return undefined
  let last: Promise<void> = Promise.resolve()
  let hasFailed = false
  return (...assignments) => {
    last = last
      .then(() => transport(assignments))
      .catch((error: unknown) => {
        if (!hasFailed) log.warn(`the service manager cannot be told ${assignments[0]}: ${(error as Error).message}`)
        hasFailed = true
      })
    return last
  }
}

/**
 * Through the program that comes with systemd: Node.js has no datagrams over Unix sockets, and the libraries that have them compile or bring a
 * native module for these few messages. The program waits until its message was taken, so that systemd still finds its sender; the unit needs
 * `NotifyAccess=all` for it.
 */
function systemdNotify(assignments: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('systemd-notify', assignments, { stdio: 'ignore' })
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error('the program systemd-notify is not installed') : error),
    )
    child.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`systemd-notify ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}

/** The time of this message on CLOCK_MONOTONIC, which systemd wants beside `RELOADING=1`. */
export const monotonicAssignment = (): string => `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`

/** Milliseconds within which the service manager wants to hear `WATCHDOG=1`; undefined where it does not, or from another process. */
export function watchdogMs(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const microseconds = Number(/^\d{1,15}$/.exec(env['WATCHDOG_USEC'] ?? '')?.[0] ?? 0)
  const isOther = (env['WATCHDOG_PID'] ?? '') !== '' && env['WATCHDOG_PID'] !== String(pid)
  return microseconds === 0 || isOther ? undefined : microseconds / 1000
}
