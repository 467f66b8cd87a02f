// Servers of the tests' own, each on a free port of 127.0.0.1 and under a host name of its own.

import http from 'node:http'
import https from 'node:https'
import { once } from 'node:events'

import { certificate } from './certificate.js'
import { after } from './cleanup.js'

// Answers by `listener` at `address`, a scheme and a host such as https://app.concierge-a.test, until the test is
// over. Returns the origin: the address with the port.
export async function serve(t, address, listener) {
  const secure = address.startsWith('https:')
  const server = secure ? https.createServer(certificate(), listener) : http.createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(t, () => {
    server.close()
    server.closeAllConnections()
  })
  return `${address}:${server.address().port}`
}

// The origin of a frontend: whatever path is asked for, it is the same page, `head` in its head.
export function serveFrontend(t, address, head = '') {
  return serve(t, address, (_, response) => showPage(response, head))
}

export function showPage(response, head = '') {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><title>A frontend</title><link rel="icon" href="data:,">${head}<body></body>`)
}

// What stands before an API and speaks https for it. `port` is where the API listens, `answers` what has passed:
// method, path, origin and status.
export async function serveGateway(t, address) {
  const gateway = { port: undefined, answers: [] }
  gateway.origin = await serve(t, address, (request, response) => pass(request, response, gateway))
  return gateway
}

// Passes a request on to the API, and its answer back.
export function pass(request, response, { port, answers }) {
  const { method, url: path, headers } = request
  // A connection that is kept could be closed by the API just when it is used again.
  const forwarded = { ...headers, 'x-forwarded-for': request.socket.remoteAddress, connection: 'close' }
  const onward = http.request({ host: '127.0.0.1', port, method, path, headers: forwarded, agent: false })
  onward.on('response', (answer) => {
    answers.push({ method, path, origin: headers.origin, status: answer.statusCode })
    response.writeHead(answer.statusCode, answer.rawHeaders)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}
