//! The API's settings in the stack.

use crate::file::Stack;
use crate::secrets;
use crate::support::Launch;

#[test]
fn every_variable_is_a_setting_and_all_together_can_be_used_without_a_warning() {
    let folder = secrets::made();
    let here = folder.path().join("secrets").display().to_string();
    let stack = Stack::read();
    for name in ["api", "api-2", "api-3"] {
        let variables = &stack.service(name).environment;
        let launch = variables.iter().fold(Launch::new(), |launch, (variable, value)| {
            launch.env(variable, &value.replace("/run/secrets", &here))
        });
        let checked = launch.run(&["config", "check"]);
        assert_eq!(checked.code(), 0, "{name}: {}", checked.stderr);
        assert_eq!(checked.stdout, "The settings can be used (production).\n", "{name}");
    }
}
