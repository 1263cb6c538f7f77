// Reads files with Node.js. See helpers/readers.rs for the lines that come in and go out.
'use strict'

const readers = {
  docker_config (text) {
    const entry = JSON.parse(text).auths['registry.example.com']
    return [entry.auth, entry.email]
  },
  // As JavaScript, which is not quite JSON.
  script (text) {
    const entry = (0, eval)(`(${text})`).auths['registry.example.com']
    return [entry.auth, entry.email]
  },
  url (text) {
    const url = new URL(text)
    if (url.host !== 'git.example.com:8443') throw new Error('another host')
    const password = decodeURIComponent(url.password)
    if (decodeURIComponent(url.username) !== password) throw new Error('another user')
    return [password, decodeURIComponent(url.pathname.slice(1))]
  },
}

const lines = require('fs').readFileSync(0, 'ascii').trimEnd().split('\n')
const out = lines.map(line => {
  const [reader, file] = line.split(' ')
  try {
    const fields = readers[reader](Buffer.from(file, 'base64').toString('utf8'))
    return fields.map(field => '=' + Buffer.from(field, 'utf8').toString('base64')).join(' ')
  } catch (error) {
    return '!' + String(error).replaceAll('\n', ' ')
  }
})
require('fs').writeSync(1, out.join('\n') + '\n')
