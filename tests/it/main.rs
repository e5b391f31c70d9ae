//! One integration binary: the executable, against fixtures, a fake registry and the installed npm.

mod npm_config;
