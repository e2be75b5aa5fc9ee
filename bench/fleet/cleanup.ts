const pending = new Set<() => void>()
let isListening = false

/**
 * Registers what must not be left behind, whatever ends this process but kill -9. It must do its work without waiting. The answer does it now,
 * and no later time.
 */
export function atExit(clean: () => void): () => void {
  if (!isListening) listen()
  pending.add(clean)
  return () => {
    if (pending.delete(clean)) clean()
  }
}

function listen(): void {
  isListening = true
  process.on('exit', () => {
    for (const clean of [...pending].reverse()) {
      pending.delete(clean)
      clean()
    }
  })
  // 128 and the number of the signal, as a shell tells it.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      if (pending.size > 0)
        process.stderr.write(`\n${signal}: everything that was started is ended, nothing is written\n`)
      process.exit(code)
    })
  }
}
