// Prints what npm makes of the npmrc file that is named, by npm's own code, as JSON.
'use strict'

const fs = require('fs')
const path = require('path')
const { createRequire } = require('module')

const folders = process.env.PATH.split(path.delimiter)
const npm = folders.map(folder => path.join(folder, 'npm')).find(file => fs.existsSync(file))
const requireAsNpm = createRequire(fs.realpathSync(npm))
const Config = requireAsNpm('@npmcli/config')
const { definitions, shorthands, flatten } = requireAsNpm('@npmcli/config/lib/definitions')

const config = new Config({
  definitions,
  shorthands,
  flatten,
  npmPath: path.dirname(path.dirname(fs.realpathSync(npm))),
  argv: [process.execPath, npm, `--userconfig=${process.argv[2]}`],
})
config.load().then(() => {
  process.stdout.write(JSON.stringify(config.data.get('user').data))
})
