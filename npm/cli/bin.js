#!/usr/bin/env node
// Starts the program of the package for this platform, which npm installed beside this one as an optional dependency.
'use strict'

const { spawn } = require('node:child_process')
const { constants } = require('node:os')
const { dirname, join } = require('node:path')

const { homepage, optionalDependencies = {} } = require('./package.json')

/** The exit code of a command line that cannot be carried out: nothing was checked. */
const UNUSABLE = 2

/** The package for this platform. The program for Linux needs no libc; Windows on ARM runs programs for x64. */
function platformPackage () {
  const { platform, arch } = process
  return `@npm-preflight/${platform}-${platform === 'win32' && arch === 'arm64' ? 'x64' : arch}`
}

/** The path of the program, or a sentence that says why there is none. */
function find () {
  if (process.env.NPM_PREFLIGHT_BINARY) return { program: process.env.NPM_PREFLIGHT_BINARY }
  const name = platformPackage()
  if (!(name in optionalDependencies)) {
    return {
      problem: `there is no package for ${process.platform} on ${process.arch}. Build the program with Rust ` +
        `(${homepage}) and name it in NPM_PREFLIGHT_BINARY.`
    }
  }
  try {
    // The manifest is what Plug'n'Play resolves without a file extension to guess.
    const folder = dirname(require.resolve(`${name}/package.json`))
    return { program: join(folder, process.platform === 'win32' ? 'npm-preflight.exe' : 'npm-preflight') }
  } catch {
    return {
      problem: `the package ${name}, which has the program, is not installed. It is an optional dependency: install ` +
        'again without `--omit=optional` or `--no-optional`. A lockfile that was written on another system may lack it ' +
        '(npm/cli#4828): then delete node_modules and the lockfile first.'
    }
  }
}

function stop (problem) {
  console.error(`npm-preflight: ${problem}`)
  process.exit(UNUSABLE)
}

const { program, problem } = find()
if (problem) stop(problem)

// Whoever stops this process means the program. It may happen as soon as that one runs, so this comes first.
let child
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
const pass = signal => child.kill(signal)
for (const signal of signals) process.on(signal, pass)

child = spawn(program, process.argv.slice(2), { stdio: 'inherit' })
child.on('error', error => stop(`${program} cannot be started: ${error.message}`))
child.on('exit', (code, signal) => {
  for (const name of signals) process.removeListener(name, pass)
  if (signal === null) {
    process.exitCode = code
  } else {
    // Not every signal ends this process, or at once: then the code is what a shell makes of it.
    process.exitCode = 128 + constants.signals[signal]
    process.kill(process.pid, signal)
  }
})
