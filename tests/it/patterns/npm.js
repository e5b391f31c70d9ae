// Matches paths and expands braces with an npm's own minimatch: JSON on stdout, one answer per question, `null` where it throws.
// Usage: node npm.js <npm's folder> <questions.json>
'use strict'

const { readFileSync } = require('node:fs')
const { join } = require('node:path')

const { Minimatch, braceExpand } = require(join(process.argv[2], 'node_modules/minimatch'))

const attempt = action => {
  try {
    return action()
  } catch {
    return null
  }
}

const { pairs, braces } = JSON.parse(readFileSync(process.argv[3], 'utf8'))
const answers = {
  pairs: pairs.map(([path, pattern, options]) => attempt(() => new Minimatch(pattern, options).match(path))),
  braces: braces.map(pattern => attempt(() => braceExpand(pattern))),
}
process.stdout.write(JSON.stringify(answers))
