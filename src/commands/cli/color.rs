//! Whether to use colours: what the user says, the environment, and whether output goes to a terminal.

use super::When;
use crate::project::world::World;

impl When {
    /// <https://no-color.org>, <https://bixense.com/clicolors> and `FORCE_COLOR`; the option beats all of them.
    pub fn colors(self, world: &World) -> bool {
        let is = |name: &str, value: &str| world.var(name) == Some(value);
        let forces = |name: &str| world.filled_var(name).is_some() && !is(name, "0");
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if world.filled_var("NO_COLOR").is_some() || is("FORCE_COLOR", "0") => false,
            Self::Auto if forces("FORCE_COLOR") || forces("CLICOLOR_FORCE") => true,
            Self::Auto => world.stdout_is_terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_overrides_the_environment() {
        for (variables, terminal, colors) in [
            (&[][..], true, true),
            (&[], false, false),
            (&[("FORCE_COLOR", "0")], true, false),
            (&[("FORCE_COLOR", "")], true, true),
            (&[("FORCE_COLOR", "1")], false, true),
            (&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], true, false),
            (&[("CLICOLOR_FORCE", "1")], false, true),
            (&[("CLICOLOR_FORCE", "0")], true, true),
            (&[("CLICOLOR", "0")], true, false),
            (&[("TERM", "dumb")], true, false),
        ] {
            let mut world = World::memory(&[], variables);
            world.stdout_is_terminal = terminal;
            assert_eq!(When::Auto.colors(&world), colors, "{variables:?}");
            assert!(When::Always.colors(&world) && !When::Never.colors(&world));
        }
    }
}
