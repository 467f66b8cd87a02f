//! One broken rule at a time, planted in a graph that is otherwise sound.

use concierge_architecture::Kind::{Build, Dev};
use concierge_architecture::{Crate, Edge, Graph, HOUSE, Kind, Layer, Violation, violations};

/// Every crate of the house in its place, and no dependencies.
fn sound() -> Graph {
    Graph::new(HOUSE.iter().map(|(name, layer)| Crate::new(*name, layer.folder_for(name))))
}

/// A sound graph but for one dependency.
fn with_edge(from: &str, to: &str, kind: Kind) -> Graph {
    assert!(Layer::of(from).is_some(), "{from} is none of our crates: nothing would be planted");
    Graph::new(HOUSE.iter().map(|(name, layer)| {
        let mut planted = Crate::new(*name, layer.folder_for(name));
        if *name == from {
            planted.depend_on(to, kind);
        }
        planted
    }))
}

fn edge(from: &str, to: &str, kind: Kind) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), kind }
}

#[test]
fn a_house_in_order_breaks_no_rule() {
    assert_eq!(violations(&sound()), []);
}

#[test]
fn what_the_direction_allows_is_no_violation() {
    for (from, to, kind) in [
        ("concierge-users", "concierge-kernel", Build),
        ("concierge-contracts", "concierge-users", Build),
        ("concierge-web", "concierge-tokens", Build),
        ("concierge-server", "concierge-store-sqlite", Build),
        ("concierge-server", "concierge-kernel", Build),
        ("concierge-kernel", "concierge-contracts", Dev),
        ("concierge-server", "concierge-test-servers", Dev),
        ("concierge-users", "concierge-store-memory", Dev),
        ("concierge-web", "concierge-store-memory", Dev),
        ("concierge-contracts", "concierge-store-memory", Dev),
        ("concierge-store-sqlite", "diesel_migrations", Build),
        ("concierge-web", "actix-cors", Build),
        ("concierge-server", "actix-web", Build),
        ("concierge-server", "jsonwebtoken", Dev),
        ("concierge-benches", "argon2", Build),
        ("concierge-users", "zxcvbn", Build),
        ("concierge-signing", "serde_json", Build),
    ] {
        assert_eq!(violations(&with_edge(from, to, kind)), [], "{}", edge(from, to, kind));
    }
}

#[test]
fn an_adapter_that_sees_another_goes_sideways_even_in_its_tests() {
    for kind in [Build, Dev] {
        let graph = with_edge("concierge-web", "concierge-hashing", kind);
        let edge = edge("concierge-web", "concierge-hashing", kind);
        assert_eq!(violations(&graph), [Violation::Sideways { edge, layer: Layer::Adapter }]);
    }
}

#[test]
fn a_store_of_memory_is_for_tests_and_not_for_other_adapters_to_build_on() {
    let graph = with_edge("concierge-web", "concierge-store-memory", Build);
    let edge = edge("concierge-web", "concierge-store-memory", Build);
    assert_eq!(violations(&graph), [Violation::Sideways { edge, layer: Layer::Adapter }]);
}

#[test]
fn a_domain_that_sees_another_goes_sideways() {
    let graph = with_edge("concierge-tokens", "concierge-users", Build);
    let edge = edge("concierge-tokens", "concierge-users", Build);
    assert_eq!(violations(&graph), [Violation::Sideways { edge, layer: Layer::Domain }]);
}

#[test]
fn an_edge_from_an_inner_layer_to_an_outer_one_goes_upward() {
    for (from, from_layer, to, to_layer) in [
        ("concierge-kernel", Layer::Kernel, "concierge-origins", Layer::Domain),
        ("concierge-users", Layer::Domain, "concierge-hashing", Layer::Adapter),
        ("concierge-contracts", Layer::Contracts, "concierge-store-memory", Layer::Adapter),
        ("concierge-signing", Layer::Adapter, "concierge-server", Layer::Server),
        ("concierge-server", Layer::Server, "concierge-benches", Layer::Benches),
    ] {
        let edge = edge(from, to, Build);
        assert_eq!(
            violations(&with_edge(from, to, Build)),
            [Violation::Upward { edge, from: from_layer, to: to_layer }]
        );
    }
}

#[test]
fn the_contracts_are_nobody_s_building_material() {
    for from in ["concierge-users", "concierge-web", "concierge-server"] {
        for to in ["concierge-contracts", "concierge-test-servers"] {
            let edge = edge(from, to, Build);
            assert_eq!(violations(&with_edge(from, to, Build)), [Violation::ForTestsAlone { edge }]);
        }
    }
}

#[test]
fn the_rules_and_the_benchmarks_see_none_of_us() {
    for (from, layer) in
        [("concierge-architecture", Layer::Architecture), ("concierge-benches", Layer::Benches)]
    {
        let edge = edge(from, "concierge-kernel", Build);
        assert_eq!(
            violations(&with_edge(from, "concierge-kernel", Build)),
            [Violation::StandsAlone { edge, from: layer }]
        );
    }
}

#[test]
fn a_crate_without_a_layer_is_named_with_its_folder() {
    let mut graph = sound();
    graph.add(Crate::new("concierge-mail", "crates/adapters/mail"));
    let violation =
        Violation::Unlisted { name: "concierge-mail".to_owned(), folder: "crates/adapters/mail".to_owned() };
    assert_eq!(violations(&graph), [violation]);
}

#[test]
fn a_line_of_the_table_whose_crate_is_gone_is_missing() {
    let mut graph = sound();
    graph.remove("concierge-origins");
    assert_eq!(violations(&graph), [Violation::Missing { name: "concierge-origins".to_owned() }]);
}

#[test]
fn an_adapter_among_the_domains_is_in_the_wrong_folder() {
    let mut graph = sound();
    graph.remove("concierge-hashing");
    graph.add(Crate::new("concierge-hashing", "crates/domain/hashing"));
    let violation = Violation::WrongFolder {
        name: "concierge-hashing".to_owned(),
        layer: Layer::Adapter,
        folder: "crates/domain/hashing".to_owned(),
        expected: "crates/adapters/hashing".to_owned(),
    };
    assert_eq!(violations(&graph), [violation]);
}

#[test]
fn outside_packages_keep_to_their_homes() {
    let stores: &[_] = &["concierge-store-sqlite", "concierge-store-postgres"];
    let actix: &[_] = &["concierge-web", "concierge-server", "concierge-benches"];
    for (from, package, kind, homes) in [
        ("concierge-web", "diesel", Build, stores),
        ("concierge-server", "diesel_migrations", Build, stores),
        ("concierge-store-memory", "r2d2", Build, stores),
        ("concierge-server", "libsqlite3-sys", Dev, stores),
        ("concierge-signing", "actix-web", Build, actix),
        ("concierge-server", "actix-cors", Build, &["concierge-web"]),
        ("concierge-server", "actix-session", Build, &["concierge-web"]),
        ("concierge-benches", "actix-http", Build, &["concierge-web"]),
        ("concierge-users", "argon2", Build, &["concierge-hashing", "concierge-benches"]),
        ("concierge-server", "jsonwebtoken", Build, &["concierge-signing", "concierge-benches"]),
        ("concierge-web", "config", Build, &["concierge-server"]),
    ] {
        let homes = homes.iter().map(|home| (*home).to_owned()).collect();
        let edge = edge(from, package, kind);
        assert_eq!(
            violations(&with_edge(from, package, kind)),
            [Violation::AwayFromHome { edge, homes }],
            "{from} {package}"
        );
    }
}

#[test]
fn a_domain_knows_no_framework_runtime_database_format_or_log_even_in_its_tests() {
    for from in ["concierge-kernel", "concierge-tokens"] {
        for package in ["serde", "serde_json", "tokio", "tracing", "diesel", "actix-web"] {
            for kind in [Build, Dev] {
                let edge = edge(from, package, kind);
                assert_eq!(
                    violations(&with_edge(from, package, kind)),
                    [Violation::ImpureDomain { edge }],
                    "{from} {package}"
                );
            }
        }
    }
}

#[test]
fn a_violation_reads_as_one_sentence_with_the_crate_the_edge_and_the_rule() {
    let said = |graph: &Graph| violations(graph).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        said(&with_edge("concierge-users", "concierge-hashing", Dev)),
        [
            "concierge-users dev-depends on concierge-hashing: a domain may not see an adapter, for dependencies \
          point inwards"
        ]
    );
    assert_eq!(
        said(&with_edge("concierge-web", "argon2", Build)),
        ["concierge-web depends on argon2: argon2 may stand only in concierge-hashing, concierge-benches"]
    );
}
