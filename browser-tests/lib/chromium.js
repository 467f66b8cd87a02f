// A real Chromium with a fresh profile.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { chromium } from 'playwright-core'

import { after, temporaryFolder } from './cleanup.js'

// Whether the browser takes cookies of third parties: what its settings page calls so, as its preferences hold it.
export const THIRD_PARTY = {
  blocked: { cookie_controls_mode: 1, block_third_party_cookies: true },
  allowed: { cookie_controls_mode: 0, block_third_party_cookies: false },
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-proxy-server',
  '--password-store=basic',
  // Every host of the tests is this machine, and their certificate is nobody's.
  '--host-resolver-rules=MAP *.test 127.0.0.1',
  '--ignore-certificate-errors',
]

// Starts a browser whose user has cookies of third parties 'blocked' or 'allowed'.
//
// It gets none of the driver's own flags, for they turn off features that users have. Another browser may be started
// later on the same `folder`, as the same user.
export async function openBrowser(t, thirdParty, folder = temporaryFolder(t)) {
  const profile = join(folder, 'profile')
  const preferences = join(profile, 'Default', 'Preferences')
  if (!existsSync(preferences)) {
    mkdirSync(join(profile, 'Default'), { recursive: true })
    writeFileSync(preferences, JSON.stringify({ profile: THIRD_PARTY[thirdParty] }))
  }
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM_BIN,
    ignoreDefaultArgs: true,
    args: [...FLAGS, `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
    // Its sockets and scratch files go where they are deleted.
    env: { ...process.env, TMPDIR: folder },
  })
  after(t, () => context.close())
  return context
}

// What is in the browser's jar, as a `Set-Cookie` header would say it; in the order of the names.
export async function jar(browser) {
  const cookies = await browser.cookies()
  return cookies.map(line).sort()
}

function line({ name, domain, httpOnly, sameSite, secure, path, partitionKey }) {
  const parts = [
    `${name}=…`,
    httpOnly && 'HttpOnly',
    `SameSite=${sameSite}`,
    secure && 'Secure',
    `Path=${path}`,
    domain.startsWith('.') && `Domain=${domain.slice(1)}`,
    partitionKey && 'Partitioned',
  ]
  return parts.filter(Boolean).join('; ')
}
