//! The rules themselves: from a graph to all that is wrong with it.

use crate::{Crate, Dependency, Edge, Graph, HOUSE, Kind, Layer, Violation, outside};

/// The adapter that tests anywhere may use: a domain's tests need a store, and this one is only memory.
const STORE_FOR_TESTS: &str = "concierge-store-memory";

/// Everything in `graph` that breaks a rule of the house; empty when nothing does.
pub fn violations(graph: &Graph) -> Vec<Violation> {
    let missing = HOUSE
        .iter()
        .filter(|(name, _)| graph.crates().iter().all(|there| there.name() != *name))
        .map(|(name, _)| Violation::Missing { name: (*name).to_owned() });
    graph.crates().iter().flat_map(of_crate).chain(missing).collect()
}

fn of_crate(judged: &Crate) -> Vec<Violation> {
    let (name, folder) = (judged.name(), judged.folder());
    // Without a layer there is nothing to hold its dependencies against.
    let Some(layer) = Layer::of(name) else {
        return vec![Violation::Unlisted { name: name.to_owned(), folder: folder.to_owned() }];
    };
    let expected = layer.folder_for(name);
    let misplaced = (folder != expected).then(|| Violation::WrongFolder {
        name: name.to_owned(),
        layer,
        folder: folder.to_owned(),
        expected,
    });
    let edges = judged.dependencies().filter_map(|dependency| of_dependency(name, layer, dependency));
    misplaced.into_iter().chain(edges).collect()
}

fn of_dependency(name: &str, from: Layer, dependency: &Dependency) -> Option<Violation> {
    let edge = Edge { from: name.to_owned(), to: dependency.package.clone(), kind: dependency.kind };
    match Layer::of(&dependency.package) {
        Some(to) => of_edge_within(edge, from, to),
        None => of_edge_outwards(edge, from),
    }
}

fn of_edge_within(edge: Edge, from: Layer, to: Layer) -> Option<Violation> {
    let serves_tests = to == Layer::Contracts || edge.to == STORE_FOR_TESTS;
    if serves_tests && edge.kind == Kind::Dev {
        None
    } else if matches!(from, Layer::Architecture | Layer::Benches) {
        Some(Violation::StandsAlone { edge, from })
    } else if to == Layer::Contracts {
        Some(Violation::ForTestsAlone { edge })
    } else if from == to {
        Some(Violation::Sideways { edge, layer: from })
    } else {
        (from < to).then_some(Violation::Upward { edge, from, to })
    }
}

fn of_edge_outwards(edge: Edge, from: Layer) -> Option<Violation> {
    let pure = matches!(from, Layer::Kernel | Layer::Domain);
    if pure && outside::is_barred_from_domains(&edge.to) {
        return Some(Violation::ImpureDomain { edge });
    }
    let homes = outside::homes_elsewhere(&edge.from, &edge.to, edge.kind)?;
    Some(Violation::AwayFromHome { edge, homes: homes.iter().map(|home| (*home).to_owned()).collect() })
}
