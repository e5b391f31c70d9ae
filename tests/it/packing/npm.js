// The lists of an npm. Usage: node npm.js <npm's folder> <questions.json>, which lists the folders.
const fs = require('node:fs')
const [npm, questions] = process.argv.slice(2)
const Arborist = require(require.resolve('@npmcli/arborist', { paths: [npm] }))
const packlist = require(require.resolve('npm-packlist', { paths: [npm] }))
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
  const answers = []
  for (const folder of JSON.parse(fs.readFileSync(questions, 'utf8'))) answers.push(await list(folder))
  process.stdout.write(JSON.stringify(answers))
}
main()
