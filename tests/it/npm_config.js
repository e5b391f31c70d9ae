// Loads an npm's own configuration for every case in a file and prints what it makes of it.
// Usage: node npm_config.js <npm's folder> <cases.json>
'use strict'

const { readFileSync } = require('node:fs')
const { join } = require('node:path')

const npmPath = process.argv[2]
const need = name => require(join(npmPath, 'node_modules', name))
const Config = need('@npmcli/config')
const { definitions, flatten, nerfDarts, shorthands } = need('@npmcli/config/lib/definitions')
const npmFetch = need('npm-registry-fetch')
const getAuth = need('npm-registry-fetch/lib/auth.js')
const npa = need('npm-package-arg')
const mapWorkspaces = need('@npmcli/map-workspaces')
const pkgJson = need('@npmcli/package-json')
const { Writable } = require('node:stream')
const Display = require(join(npmPath, 'lib/utils/display.js'))

process.on('log', () => {})

const encode = value => {
  if (value === undefined) {
    return { $: 'undefined' }
  }
  if (Array.isArray(value)) {
    return value.map(encode)
  }
  if (value !== null && typeof value === 'object') {
    return Object.getPrototypeOf(value) === null ? { $: 'section' } : String(value)
  }
  return typeof value === 'number' && !Number.isFinite(value) ? { $: String(value) } : value
}

const decode = text => Buffer.from(String(text ?? ''), 'base64').toString('utf8')

const encodeAll = object => Object.fromEntries(Object.keys(object).map(key => [key, encode(object[key])]))

const startOutput = async config => {
  const nowhere = () => new Writable({ write: (chunk, encoding, done) => done() })
  const display = new Display({ stdout: nowhere(), stderr: nowhere() })
  try {
    await display.load({ loglevel: config.get('loglevel'), heading: 'npm' })
  } finally {
    display.off()
  }
}

const run = async ({ env, argv, cwd }) => {
  process.chdir(cwd)
  process.env.HOME = env.HOME
  const result = {}
  const config = new Config({
    npmPath,
    definitions,
    flatten,
    nerfDarts,
    shorthands,
    argv: ['node', 'npm', 'publish', ...argv],
    env,
    execPath: process.execPath,
    cwd,
    warn: false,
  })
  try {
    await config.load()
  } catch (error) {
    return { error: 'load', code: error.code, message: error.message }
  }
  result.remain = config.parsedArgv.remain.slice(1)
  result.localPrefix = config.localPrefix
  result.member = (config.data.get('default').data.workspace)[0] ?? null
  try {
    const { content: pkg } = await pkgJson.normalize(config.localPrefix)
    result.workspaces = [...await mapWorkspaces({ cwd: config.localPrefix, pkg })]
  } catch (error) {
    result.workspaces = null
  }
  result.layers = {}
  for (const where of ['global', 'user', 'project', 'env', 'cli']) {
    result.layers[where] = encodeAll(config.data.get(where).data)
  }
  // npm 12 alone, lib/npm.js.
  if (config.getUnknownConfigs) {
    result.misplaced = config.get('extension-file') != null
      && !['cli', 'project', 'default'].includes(config.find('extension-file'))
  }
  // As lib/npm.js, lib/base-cmd.js and lib/commands/publish.js do one after the other.
  try {
    config.flat
    await startOutput(config)
    const scope = config.get('scope')
    if (scope && !/^@/.test(scope)) {
      config.set('scope', `@${scope}`, config.find('scope'))
    }
    config.validate()
  } catch (error) {
    return { ...result, error: 'validate', code: error.code, problems: error.problems, message: error.message }
  }
  // npm 12 alone, lib/base-cmd.js `validateCli`.
  if (config.getUnknownConfigs) {
    const keys = where => config.getUnknownConfigs(where).map(({ key }) => key)
    result.unknownFlags = [...new Set(keys('cli'))].sort()
    result.unknownKeys = config.get('strict-npmrc') ? ['builtin', 'project', 'user', 'global'].flatMap(keys) : []
  }
  const flat = config.flat
  result.flat = encodeAll({
    registry: flat.registry,
    tag: flat.defaultTag,
    access: flat.access,
    provenance: flat.provenance,
    'provenance-file': flat.provenanceFile,
    'dry-run': flat.dryRun,
    force: flat.force,
    otp: flat.otp,
    scope: flat.scope,
  })
  result.get = {}
  result.defaults = []
  const keys = new Set(Object.keys(definitions))
  for (const { data } of config.data.values()) {
    Object.keys(data).forEach(key => keys.add(key))
  }
  for (const key of keys) {
    if (/^@.*:registry$/i.test(key) || key.startsWith('//')) {
      result.flat[key] = encode(flat[key])
    }
    result.get[key] = encode(config.get(key))
    if (config.isDefault(key)) {
      result.defaults.push(key)
    }
  }
  result.defaultTag = config.isDefault('tag')
  try {
    const registry = npmFetch.pickRegistry(npa.resolve('left-lodge', '1.0.0'), flat)
    result.registry = encode(registry)
    if (/^https?:/i.test(String(registry).trim())) {
      const { token, auth, username, certfile } = config.getCredentialsByURI(registry)
      // Node takes a list for bytes and an object for nothing, which nobody can mean.
      const { host, pathname } = new URL('.', registry)
      const odd = ['_authToken', '_auth', 'username', '_password']
        .some(name => typeof (config.get(`//${host}${pathname}:${name}`) ?? '') === 'object')
      if (!odd || Array.isArray(token)) {
        result.credential = { token: token && String(token), auth, username: username && String(username), certfile }
        // npm looks for that one before it publishes, and sends what its requests find.
        const sent = getAuth(`${String(registry).trim().replace(/\/*$/, '')}/left-lodge`, flat)
        if ((token || username) && (sent.token || sent.auth)) {
          const user = sent.isBasicAuth ? flat[`${sent.regKey}:username`] : decode(sent.auth).split(':')[0]
          result.credential = sent.token ? { token: String(sent.token) } : { auth: sent.auth, username: String(user) }
        }
      }
    }
  } catch (error) {
    result.noCredential = error.message
  }
  return result
}

const main = async () => {
  const results = []
  for (const test of JSON.parse(readFileSync(process.argv[3], 'utf8'))) {
    results.push(await run(test))
  }
  process.stdout.write(JSON.stringify(results))
}

main()
