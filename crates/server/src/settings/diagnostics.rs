//! `[diagnostics]`: who may see how frontends fare.

use concierge_web::DiagnosticsAccess;

use super::parse::one_of;
use super::reader::{Read, Reader};

/// Who may see how frontends fare.
#[derive(Clone, Copy, Debug)]
pub struct Diagnostics {
    /// Who may open `/diagnostics`.
    pub access: DiagnosticsAccess,
}

impl Diagnostics {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let groups = [("everybody", DiagnosticsAccess::Everybody), ("admins", DiagnosticsAccess::Admins)];
        Ok(Self { access: reader.required("diagnostics.access", one_of(&groups))? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Environment;
    use super::super::support::{faults, production, settings, with};
    use super::*;

    #[test]
    fn production_shows_it_to_admins_and_elsewhere_everybody_sees_it() {
        assert_eq!(production(&[]).unwrap().diagnostics.access, DiagnosticsAccess::Admins);
        for environment in [Environment::Development, Environment::Test] {
            let settings = settings(environment, &[]).unwrap();
            assert_eq!(settings.diagnostics.access, DiagnosticsAccess::Everybody);
        }
        let chosen = with(&[("DIAGNOSTICS__ACCESS", "admins")]).unwrap();
        assert_eq!(chosen.diagnostics.access, DiagnosticsAccess::Admins);
    }

    #[test]
    fn another_word_is_refused_with_those_there_are() {
        let faults = faults(&[("DIAGNOSTICS__ACCESS", "nobody")]);
        assert!(faults[0].contains(r#"expected "everybody" or "admins""#), "{faults:?}");
    }
}
