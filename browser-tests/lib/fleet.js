// Three replicas behind a real nginx, as crates/server/tests/fleet starts them.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { after } from './cleanup.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STACK = ['test', '--locked', '--quiet', '--package', 'concierge-server', '--test', 'fleet', '--', '--ignored', '--nocapture']

// Starts them, and returns the origin of frontend and API. They stop when their standard input ends, as it does with this process.
export async function startFleet(t) {
  const stack = spawn('cargo', STACK, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(stack, 'exit')
  after(t, () => {
    stack.stdin.end()
    return ended
  })
  for await (const line of createInterface({ input: stack.stdout })) {
    const said = /^frontend and API +(http:\S+)$/.exec(line)
    if (said) {
      stack.stdout.resume()
      return said[1]
    }
  }
  throw new Error('the replicas do not start')
}
