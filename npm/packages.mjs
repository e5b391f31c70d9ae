// Makes the packages of a release for npm: one with the program for each platform, and @npm-preflight/cli, which starts it.
//
//   node npm/packages.mjs <folder> <folder with the archives of the release>
//   node npm/packages.mjs <folder> <target>=<program>...
//
// The packages are made in the first folder, each in one of its own. They are printed in the order in which they have to be
// published: the wrapper last, because it depends on the others.

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const LICENSES = ['LICENSE-APACHE', 'LICENSE-MIT']

// The programs for Linux are static: they name no libc, so that one package serves all of them.
const PLATFORMS = [
  { target: 'x86_64-unknown-linux-musl', name: 'linux-x64', os: 'linux', cpu: ['x64'] },
  { target: 'aarch64-unknown-linux-musl', name: 'linux-arm64', os: 'linux', cpu: ['arm64'] },
  { target: 'x86_64-apple-darwin', name: 'darwin-x64', os: 'darwin', cpu: ['x64'] },
  { target: 'aarch64-apple-darwin', name: 'darwin-arm64', os: 'darwin', cpu: ['arm64'] },
  // Windows on ARM runs it, too.
  { target: 'x86_64-pc-windows-msvc', name: 'win32-x64', os: 'win32', cpu: ['x64', 'arm64'] }
]

class Problem extends Error {}

/** The value of a key of `[package]` in Cargo.toml. */
function cargo (key) {
  const found = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8').match(new RegExp(`^${key} = "(.*)"$`, 'm'))
  if (!found) throw new Problem(`Cargo.toml has no \`${key}\``)
  return found[1]
}

/** What all manifests have in common. */
function manifest (name, description, more) {
  const repository = cargo('repository')
  return {
    name: `@npm-preflight/${name}`,
    version: cargo('version'),
    description,
    license: cargo('license'),
    homepage: `${repository}#readme`,
    bugs: `${repository}/issues`,
    repository: { type: 'git', url: `git+${repository}.git`, directory: 'npm' },
    ...more
  }
}

/** The name of the program's file on a platform. */
function fileOf ({ os }) {
  return os === 'win32' ? 'npm-preflight.exe' : 'npm-preflight'
}

/** Where the program for a platform lies: given, or taken out of its archive. */
function programOf (platform, given, unpacked) {
  const { target } = platform
  if (given.programs) return given.programs.get(target)
  const archive = join(given.archives, `npm-preflight-${target}.tar.gz`)
  if (!existsSync(archive)) return undefined
  const folder = join(unpacked, target)
  const program = fileOf(platform)
  mkdirSync(folder)
  execFileSync('tar', ['-xzf', archive, '-C', folder, program])
  return join(folder, program)
}

function write (folder, manifest, files) {
  // What an earlier run left would be published as well.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const license of LICENSES) cpSync(join(ROOT, license), join(folder, license))
  for (const [name, { from, text, mode }] of Object.entries(files)) {
    const file = join(folder, name)
    if (from) cpSync(from, file, { dereference: true })
    else writeFileSync(file, text)
    // An archive or the artifact of a job may have lost it.
    if (mode) chmodSync(file, mode)
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2) + '\n')
}

function writePlatform (platform, program, folder) {
  const { name, os, cpu } = platform
  const file = fileOf(platform)
  const description = `The program of @npm-preflight/cli for ${os} on ${cpu.join(' and ')}`
  const made = manifest(name, description, {
    os: [os],
    cpu,
    files: [file, ...LICENSES],
    // Yarn's Plug'n'Play must not leave it in a zip archive, from which nothing can be started.
    preferUnplugged: true,
    // pnpm and Yarn, where they pack it, take the execute bit from what is not named here.
    publishConfig: { access: 'public', executableFiles: [`./${file}`] }
  })
  const readme = `# ${made.name}\n\n${description}. Install that one: it depends on this package.\n`
  write(folder, made, { [file]: { from: program, mode: 0o755 }, 'README.md': { text: readme } })
}

function writeWrapper (folder) {
  const platforms = PLATFORMS.map(({ name }) => [`@npm-preflight/${name}`, cargo('version')])
  const made = manifest('cli', cargo('description'), {
    keywords: ['npm', 'publish', 'lint', 'registry', 'sarif'],
    bin: { 'npm-preflight': 'bin.js' },
    files: ['bin.js', ...LICENSES],
    engines: { node: '>=18' },
    optionalDependencies: Object.fromEntries(platforms),
    publishConfig: { access: 'public' }
  })
  const source = join(ROOT, 'npm', 'cli')
  write(folder, made, {
    'bin.js': { from: join(source, 'bin.js'), mode: 0o755 },
    'README.md': { from: join(source, 'README.md') }
  })
}

/** What the arguments name: a folder of archives, or programs by their targets. */
function read (args) {
  const [out, ...sources] = args
  if (!sources.length) throw new Problem('name a folder for the packages, and a folder of archives or <target>=<program>')
  const isProgram = source => PLATFORMS.some(({ target }) => source.startsWith(`${target}=`))
  if (sources.length === 1 && !isProgram(sources[0])) return { out, archives: sources[0] }
  const stranger = sources.find(source => !isProgram(source))
  if (stranger !== undefined) throw new Problem(`\`${stranger}\` is no <target>=<program> of a target that is released`)
  const programs = sources.map(source => [source.slice(0, source.indexOf('=')), source.slice(source.indexOf('=') + 1)])
  return { out, programs: new Map(programs) }
}

function run (args) {
  const given = read(args)
  const unpacked = mkdtempSync(join(tmpdir(), 'npm-preflight-'))
  try {
    const found = PLATFORMS.map(platform => ({ platform, program: programOf(platform, given, unpacked) }))
    const missing = found.filter(({ program }) => program === undefined).map(({ platform }) => platform.target)
    if (missing.length) throw new Problem(`there is no program for ${missing.join(', ')}`)
    for (const { platform, program } of found) {
      const folder = join(given.out, platform.name)
      writePlatform(platform, program, folder)
      console.log(folder)
    }
    writeWrapper(join(given.out, 'cli'))
    console.log(join(given.out, 'cli'))
  } finally {
    rmSync(unpacked, { recursive: true, force: true })
  }
}

try {
  run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Problem)) throw error
  console.error(`packages.mjs: ${error.message}`)
  process.exitCode = 2
}
