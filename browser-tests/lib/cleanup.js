// What a test has started ends with it, or with the process if that ends first.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const pending = new Set()
const stacks = new WeakMap()

process.on('exit', () => pending.forEach((undo) => undo()))
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

// Calls `undo`, which must not wait for anything, when the process ends. Returns how to call that off.
export function atExit(undo) {
  pending.add(undo)
  return () => pending.delete(undo)
}

// Calls `undo` and waits for it when the test is over, what was started last first.
export function after(t, undo) {
  if (!stacks.has(t)) {
    stacks.set(t, [])
    t.after(() => unwind(stacks.get(t)))
  }
  stacks.get(t).push(undo)
}

async function unwind(stack) {
  try {
    while (stack.length > 0) await stack.pop()()
  } finally {
    // One that failed hinders no other.
    if (stack.length > 0) await unwind(stack)
  }
}

// A folder of the test's own, deleted with all that is in it.
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'concierge-browser-test-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  const forget = atExit(remove)
  after(t, () => {
    remove()
    forget()
  })
  return folder
}
