// Selects workspaces with an npm's own modules, as lib/base-cmd.js and lib/commands/publish.js of npm 11.19.1 and 12.2.2 do
// one after the other. Usage: node npm.js <npm's folder> <questions.json>
'use strict'

const { spawnSync } = require('node:child_process')
const { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join, relative } = require('node:path')

const npmPath = process.argv[2]
const need = name => require(join(npmPath, 'node_modules', name))
const Config = need('@npmcli/config')
const { definitions, flatten, nerfDarts, shorthands } = need('@npmcli/config/lib/definitions')
const mapWorkspaces = need('@npmcli/map-workspaces')
const pkgJson = need('@npmcli/package-json')
const Arborist = need('@npmcli/arborist')
const getWorkspaces = require(join(npmPath, 'lib/utils/get-workspaces.js'))
const Query = require(join(npmPath, 'lib/commands/query.js'))

// In how many of the projects npm is run as a program, too.
const EXECUTED = 3

process.on('log', () => {})

const failure = error => ({
  error: error.code ?? (/^No workspaces found/.test(error.message) ? 'none'
    : error instanceof TypeError ? 'EWORKSPACESCONFIG' : error.message),
})

const map = async root => {
  try {
    const { content: pkg } = await pkgJson.normalize(root)
    return [...await mapWorkspaces({ cwd: root, pkg })]
  } catch (error) {
    return failure(error)
  }
}

const select = async ({ cwd, argv, env }) => {
  process.chdir(cwd)
  const config = new Config({
    npmPath, definitions, flatten, nerfDarts, shorthands, env, cwd, warn: false,
    argv: ['node', 'npm', 'publish', ...argv],
    execPath: process.execPath,
  })
  try {
    await config.load()
    if (config.get('workspaces') === false && config.get('workspace').length) {
      return { error: 'contradiction' }
    }
    // npm.js: the flags decide, and the folder that npm found itself in.
    if (config.get('workspaces') !== true && !config.get('workspace').length) {
      return { here: true }
    }
    const prefixInsideCwd = relative(config.localPrefix, process.cwd()).startsWith('..')
    const chosen = await getWorkspaces(config.get('workspace'), {
      path: config.localPrefix,
      includeWorkspaceRoot: config.get('include-workspace-root'),
      relativeFrom: prefixInsideCwd ? config.localPrefix : process.cwd(),
    })
    return [...chosen.values()]
  } catch (error) {
    return failure(error)
  }
}

// What `npm query .workspace` prints in a copy of the project in which `npm install` was run: it finds members by the links
// in node_modules, and without them none. The command of npm itself, with the settings that npm would give it.
const query = async (path, { root, env }) => {
  try {
    cpSync(root, path, { recursive: true, verbatimSymlinks: true })
    const config = new Config({
      npmPath, definitions, flatten, nerfDarts, shorthands, env, cwd: path, warn: false,
      argv: ['node', 'npm', 'query', '.workspace'], execPath: process.execPath,
    })
    await config.load()
    const options = { ...config.flat, path, offline: true, audit: false, fund: false, ignoreScripts: true }
    await new Arborist(options).reify()
    const printed = []
    const listen = (kind, value) => kind === 'buffer' && printed.push(...value)
    process.on('output', listen)
    try {
      await new Query({ config, flatOptions: config.flat, dir: join(path, 'node_modules') }).exec(['.workspace'])
    } finally {
      process.off('output', listen)
    }
    return folders(path, printed)
  } catch (error) {
    return failure(error)
  }
}

const folders = (path, items) => items.map(item => relative(realpathSync(path), item.realpath)).sort()

// What the program itself prints there.
const execute = (path, env) => {
  const argv = [join(npmPath, 'bin/npm-cli.js'), 'query', '.workspace', '--no-update-notifier']
  const { stdout } = spawnSync(process.execPath, argv, { cwd: path, env: { ...process.env, ...env }, encoding: 'utf8' })
  return folders(path, JSON.parse(stdout))
}

const main = async () => {
  const answers = []
  const copies = mkdtempSync(join(tmpdir(), 'workspaces-'))
  let executed = 0
  for (const { root, queries, installs, env } of JSON.parse(readFileSync(process.argv[3], 'utf8'))) {
    const selected = []
    const members = await map(root)
    const copy = join(copies, String(answers.length))
    const queried = installs ? await query(copy, { root, env }) : null
    const isExecuted = queried?.length > 2 && executed++ < EXECUTED
    const printed = isExecuted ? execute(copy, env) : null
    for (const query of queries) {
      selected.push(await select(query))
    }
    answers.push({ members, queried, printed, selected })
  }
  process.chdir(tmpdir())
  rmSync(copies, { recursive: true })
  process.stdout.write(JSON.stringify(answers))
}

main()
