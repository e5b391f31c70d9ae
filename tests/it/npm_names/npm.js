// Answers questions about versions, ranges, names and arguments with an npm's own modules: JSON on stdout, one answer per question.
// Usage: node npm.js <npm's folder> <questions.json>
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

const load = createRequire(path.join(process.argv[2], 'package.json'))
const semver = load('semver')
const PackageJson = load('@npmcli/package-json')
const pickManifest = load('npm-pick-manifest')
const validateName = load('validate-npm-package-name')

// npm-package-arg decides about the platform when it is loaded
const loadNpa = platform => {
  const real = Object.getOwnPropertyDescriptor(process, 'platform')
  Object.defineProperty(process, 'platform', { value: platform })
  try {
    delete load.cache[load.resolve('npm-package-arg')]
    return load('npm-package-arg')
  } finally {
    Object.defineProperty(process, 'platform', real)
  }
}

const attempt = read => {
  try {
    return read()
  } catch (error) {
    return { error: error.code || error.message }
  }
}

const strictly = version => version !== null && semver.valid(version) !== null ? version : null

const warningKinds = [[/core module/, 'core'], [/214/, 'length'], [/capital/, 'capital'], [/special/, 'special']]

const name = async text => {
  try {
    const { content } = await new PackageJson().fromContent({ name: text, version: '1.0.0' }).normalize({ steps: ['fixName'] })
    const npa = load('npm-package-arg')
    npa.resolve(content.name, content.version)
    content.name || npa('@latest')
    const warnings = (validateName(content.name).warnings || [])
      .map(warning => warningKinds.find(([pattern]) => pattern.test(warning))[1])
    return { name: content.name, warnings }
  } catch (error) {
    return { error: error.code || error.message.replace(/:.*/s, '') }
  }
}

const spec = (npa, arg, where) => attempt(() => {
  const { type, fetchSpec } = npa(arg, where)
  return type === 'directory' || type === 'file' ? { type, path: fetchSpec } : { type }
})

// as pacote picks what a dependency names
const pick = (npa, packument, text) => {
  const spec = attempt(() => npa.resolve('x', text, '/srv/space'))
  const { registry, fetchSpec } = spec.subSpec || spec
  return registry ? attempt(() => pickManifest(packument, fetchSpec).version) : { error: 'not a registry' }
}

const main = async () => {
  const asked = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'))
  const answers = {}
  answers.versions = asked.versions.map(text => [
    semver.valid(text),
    strictly(semver.valid(text, true)),
    semver.clean(text),
    strictly(semver.clean(text, true)),
  ])
  answers.orders = asked.orders.map(([left, right]) => attempt(() => semver.compare(left, right)))
  answers.ranges = asked.ranges.map(text => [semver.validRange(text), semver.validRange(text, true)])
  answers.fits = asked.fits.map(([version, range]) => [semver.satisfies(version, range), semver.satisfies(version, range, true)])
  answers.names = await Promise.all(asked.names.map(name))
  answers.specs = {}
  for (const [platform, { cwd, home, args }] of Object.entries(asked.specs)) {
    process.env.HOME = process.env.USERPROFILE = home
    const npa = loadNpa(platform)
    answers.specs[platform] = args.map(arg => spec(npa, arg, cwd))
  }
  const npa = loadNpa(process.platform)
  answers.tags = asked.tags.map(([of, tag]) => attempt(() => npa(`${of}@${tag}`) && null))
  const packuments = asked.packuments.map(text => JSON.parse(text))
  answers.picks = asked.picks.map(([packument, text]) => pick(npa, packuments[packument], text))
  process.stdout.write(JSON.stringify(answers))
}

process.on('warning', () => {})
main()
