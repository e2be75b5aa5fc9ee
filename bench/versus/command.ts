import { execFile } from 'node:child_process'
import { atExit } from '../fleet/cleanup.ts'

/** Runs a program to its end; what it printed. It ends with this process. Fails with the last lines of what it complained about. */
export function command(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], { cwd, timeout: 600_000 }, (error, out, complaints) => {
      done()
      if (error === null) resolve(out)
      else reject(new Error(`${program} ${args[0]}: ${lastLines(complaints) || error.message}`))
    })
    const done = atExit(() => void child.kill('SIGKILL'))
  })
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join('; ')
