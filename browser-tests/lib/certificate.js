// A throw-away certificate for the hosts of these tests. Chromium is told not to mind who signed it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let made

// The key and the certificate, in PEM; made once.
export function certificate() {
  made ??= make()
  return made
}

function make() {
  const folder = mkdtempSync(join(tmpdir(), 'concierge-certificate-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const names = ['a', 'b', 'c'].map((site) => `DNS:*.concierge-${site}.test`).join(',')
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    const subject = ['-subj', '/CN=concierge-a.test', '-addext', `subjectAltName=${names}`]
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' })
    return { key: readFileSync(key), cert: readFileSync(cert) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
