#!/usr/bin/env node
import { run } from './program.ts'
import { processTerminal } from './terminal.ts'

process.exitCode = await run(process.argv.slice(2), processTerminal())

// What still holds the process after its work (a socket that closes slowly) must not hold it for long: a service manager waits.
setTimeout(() => process.exit(), 300).unref()
