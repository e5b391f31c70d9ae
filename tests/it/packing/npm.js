// The lists of an npm. Usage: node npm.js <npm's folder> <questions.json>, which lists the folders.
const fs = require('node:fs')
const path = require('node:path')
const [npm, questions] = process.argv.slice(2)
const inside = (name, from = npm) => require.resolve(name, { paths: [from] })

// Thousands of trees share their patterns and paths. What npm's own matcher made of them is kept, which halves the time.
const packlistFolder = path.dirname(inside('npm-packlist'))
const { Minimatch } = require(inside('minimatch', path.dirname(inside('ignore-walk', packlistFolder))))
const { make, match } = Minimatch.prototype
const made = new Map()
Minimatch.prototype.make = function () {
  const key = JSON.stringify([this.pattern, this.options])
  const known = made.get(key)
  if (known) return void Object.assign(this, known)
  this.hits = new Map()
  make.call(this)
  made.set(key, { ...this })
}
Minimatch.prototype.match = function (file, partial = this.partial) {
  const key = partial ? `${file}\0` : file
  let hit = this.hits.get(key)
  if (hit === undefined) this.hits.set(key, (hit = match.call(this, file, partial)))
  return hit
}

const Arborist = require(inside('@npmcli/arborist'))
const packlist = require(inside('npm-packlist'))
const list = async folder => {
  try {
    const tree = await new Arborist({ path: folder }).loadActual()
    const files = await packlist(tree, { path: folder, prefix: folder, workspaces: null })
    return { files: files.map(file => file.replace(/^\.\//, '')).sort() }
  } catch (error) {
    return { error: String(error.message) }
  }
}
const main = async () => {
  const folders = JSON.parse(fs.readFileSync(questions, 'utf8'))
  const answers = []
  let next = 0
  const worker = async () => {
    while (next < folders.length) {
      const at = next++
      answers[at] = await list(folders[at])
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  process.stdout.write(JSON.stringify(answers))
}
main()
