// Runs npm again and again in one process, because to load npm takes several times as long as to publish with it. Every run has its
// own arguments, environment and folder, and ends where npm calls `process.exit`. Usage: node serve.js <npm-cli.js>. A line of JSON
// on stdin is a run; its outcome goes into the file that the line names, and `mark` to stdout after it.
'use strict'

const { writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { Socket } = require('node:net')
const path = require('node:path')
const { createInterface } = require('node:readline')

const script = process.argv[2]
const inNpm = createRequire(script)
const write = process.stdout.write.bind(process.stdout)

// What looks at the environment when it is loaded, or remembers what an earlier run was told. The rest of npm is functions.
const STATEFUL = ['ci-info', '@npmcli/config', '@npmcli/agent', 'npm-registry-fetch', 'make-fetch-happen', 'libnpmpublish',
  'libnpmpack', 'pacote']
const folders = [path.resolve(script, '../../lib'), path.resolve(script, '../../bin'),
  ...STATEFUL.map(name => path.resolve(script, '../../node_modules', name))]
const isStateful = file => folders.some(folder => file.startsWith(folder + path.sep))

const collector = add => (chunk, encoding, done) => {
  add(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
  const callback = typeof encoding === 'function' ? encoding : done
  callback && process.nextTick(callback)
  return true
}

// As the end of a process does.
const hangUp = () => {
  const handles = process._getActiveHandles().filter(handle => handle instanceof Socket)
  handles.filter(handle => ![process.stdin, process.stdout, process.stderr].includes(handle)).forEach(handle => handle.destroy())
}

const run = ({ argv, cwd, env }) => new Promise(resolve => {
  Object.keys(require.cache).filter(isStateful).forEach(file => delete require.cache[file])
  Object.keys(process.env).forEach(key => delete process.env[key])
  Object.assign(process.env, env)
  process.chdir(cwd)
  process.argv = [process.execPath, script, ...argv]
  process.exitCode = undefined
  let [stdout, stderr, isOver] = ['', '', false]
  process.stdout.write = collector(text => { stdout += text })
  process.stderr.write = collector(text => { stderr += text })
  process.exit = code => {
    if (isOver) {
      return
    }
    isOver = true
    process.exitCode = code ?? process.exitCode
    process.emit('exit', process.exitCode ?? 0)
    hangUp()
    resolve({ code: Number(process.exitCode ?? 0), stdout, stderr })
  }
  require(script)
  // npm wraps the functions of `fs`: once is enough.
  inNpm('graceful-fs').gracefulify = fs => fs
})

const main = async () => {
  const exit = process.exit.bind(process)
  for await (const line of createInterface({ input: process.stdin })) {
    const { file, mark, ...how } = JSON.parse(line)
    writeFileSync(file, JSON.stringify(await run(how)))
    write(mark)
  }
  exit(0)
}

main()
