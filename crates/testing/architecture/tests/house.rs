//! The rules, asked of this very workspace.

use std::path::Path;

use concierge_architecture::{Graph, violations};

#[test]
fn the_workspace_keeps_the_rules_of_the_house() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let workspace = Graph::of_workspace(&manifest).unwrap();
    let found: Vec<_> = violations(&workspace).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "the rules of the house are broken:\n- {}", found.join("\n- "));
}

/// Guards the reading: were kinds, names or folders read as nothing, every rule above would hold in silence.
#[test]
fn the_workspace_is_read_with_its_folders_and_both_kinds_of_dependencies() {
    use concierge_architecture::Kind::{Build, Dev};

    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let workspace = Graph::of_workspace(&manifest).unwrap();
    let signing = workspace.crates().iter().find(|there| there.name() == "concierge-signing").unwrap();
    let names = |package: &str, kind| signing.dependencies().any(|d| d.package == package && d.kind == kind);
    assert_eq!(signing.folder(), "crates/adapters/signing");
    assert!(names("concierge-tokens", Build) && names("jsonwebtoken", Build));
    assert!(names("concierge-contracts", Dev) && !names("concierge-contracts", Build));
}
