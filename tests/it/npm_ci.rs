//! Whether a CI system runs this, for every variable that npm's own ci-info looks at.

use std::collections::BTreeMap;
use std::process::Command;

use npm_preflight::project::ci::is_ci;
use npm_preflight::project::world::World;

use crate::npms;

/// Environments and whether ci-info finds a CI system in each.
const SCRIPT: &str = r"
const [folder] = process.argv.slice(1)
const vendors = require(folder + '/vendors.json').flatMap(({ env }) => env).map(env =>
  typeof env === 'string' ? { [env]: 'x' } : env.any ? { [env.any[0]]: 'x' } : env.env ? { [env.env]: env.includes } : env)
const generic = ['BUILD_ID', 'BUILD_NUMBER', 'CI', 'CI_APP_ID', 'CI_BUILD_ID', 'CI_BUILD_NUMBER', 'CI_NAME',
  'CONTINUOUS_INTEGRATION', 'RUN_ID', 'PATH', 'NODE', 'TASK_ID', 'JENKINS_URL'].map(name => ({ [name]: 'x' }))
const all = [...vendors, ...generic].flatMap(env => [env, { ...env, CI: 'false' }, { ...env, CI: '' }])
const answers = all.map(env => {
  process.env = env
  delete require.cache[require.resolve(folder)]
  return [env, require(folder).isCI]
})
process.stdout.write(JSON.stringify(answers))
";

#[test]
fn ci_systems_are_detected_as_npm_does() {
    for npm in npms::both() {
        let folder = npm.folder.join("node_modules/ci-info");
        let output = Command::new("node").args(["-e", SCRIPT]).arg(folder).output().expect("node runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answers: Vec<(BTreeMap<String, String>, bool)> = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(answers.len() > 150 && answers.iter().any(|(_, is_ci)| !is_ci), "{answers:?}");
        let ours = |env: &BTreeMap<String, String>| is_ci(&World::on_disk(env.clone(), "/".into()));
        let wrong: Vec<_> = answers.iter().filter(|(env, theirs)| ours(env) != *theirs).collect();
        assert!(wrong.is_empty(), "npm {}: {wrong:?}", npm.version);
    }
}
