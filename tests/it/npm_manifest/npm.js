// What an npm makes of package.json texts before it sends them: `fix` and `prepare` of its @npmcli/package-json and what
// `npm publish` does with the result. Usage: node npm.js <npm's folder> <questions.json>, which lists the texts in base64; one answer
// each goes to stdout.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const { join } = require('node:path')

const [npmPath, question] = process.argv.slice(2)
const folder = fs.mkdtempSync(join(os.tmpdir(), 'npm-manifest-'))
const need = name => require(join(npmPath, 'node_modules', name))
const PackageJson = need('@npmcli/package-json')
const { defaults, flatten } = need('@npmcli/config/lib/definitions')
const npa = need('npm-package-arg')
const npmFetch = need('npm-registry-fetch')
const semver = need('semver')

const text = value => value === undefined ? null : String(value)

const attempt = read => {
  try {
    return read()
  } catch {
    return { throws: true }
  }
}

const answer = async base64 => {
  try {
    const pkg = new PackageJson().create(folder).fromJSON(Buffer.from(base64, 'base64').toString('utf8'))
    await pkg.fix({ changes: [] })
    const { content } = await pkg.prepare()
    const opts = { defaultTag: defaults.tag, access: defaults.access, registry: defaults.registry }
    if (content.publishConfig) {
      flatten(Object.fromEntries(Object.entries(content.publishConfig)), opts)
    }
    semver.parse(content.version).prerelease.length
    const resolved = npa.resolve(content.name, content.version)
    content.name || npa('@latest')
    const version = semver.clean(content.version)
    if (!version) {
      throw new Error('EBADSEMVER')
    }
    const repository = content.repository?.url
    return {
      name: content.name,
      version,
      private: Boolean(content.private),
      // as a key of dist-tags
      tag: attempt(() => text(content.tag || opts.defaultTag)),
      access: attempt(() => opts.access === null || opts.access === undefined ? null : text(opts.access)),
      registry: attempt(() => text(npmFetch.pickRegistry(resolved, opts))),
      repository: typeof repository === 'string' ? repository : null,
    }
  } catch (error) {
    return { error: error.message.split('\n')[0] }
  }
}

const main = async () => {
  const answers = []
  for (const one of JSON.parse(fs.readFileSync(question, 'utf8'))) {
    answers.push(await answer(one))
  }
  // fails where npm wrote something
  fs.rmdirSync(folder)
  // a lone surrogate is sent as U+FFFD
  const sent = (_, value) => typeof value === 'string' ? value.toWellFormed() : value
  process.stdout.write(JSON.stringify(answers, sent))
}

process.on('log', () => {})
main()
