//! Old events leave the table by its owner's hand, while a server adds new ones.

use std::fs;

use concierge_test_servers::Postgres;

use crate::load;
use crate::page::block;
use crate::postgres::{launch, run, sql};
use crate::restored::{log_in, make_root};

fn archive(postgres: &Postgres, script: &str, before: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (file, archived) = (folder.path().join("archive.sql"), folder.path().join("events.csv"));
    fs::write(&file, script.replace("events.csv", archived.to_str().unwrap())).unwrap();
    let (set, file) = (format!("--set=before={before}"), format!("--file={}", file.display()));
    run(postgres, "psql", &["--no-psqlrc", "--quiet", &set, &file, &postgres.url()]);
    fs::read_to_string(archived).unwrap().lines().skip(1).map(str::to_owned).collect()
}

fn numbers(postgres: &Postgres) -> Vec<String> {
    let listed = sql(postgres, &postgres.url(), "SELECT seq FROM events ORDER BY seq");
    listed.lines().map(str::to_owned).collect()
}

/// What has been archived and what is kept make up all that was recorded, and the table only grows again.
#[track_caller]
fn archives(script: &str) {
    let Some(postgres) = Postgres::start() else { return };
    let first = launch(&postgres.url());
    make_root(&first);
    let server = first.serve();
    let mut archived = Vec::new();
    let mut moment = String::new();
    load::amid(&server, || {
        moment = sql(&postgres, &postgres.url(), "SELECT now()");
        archived = archive(&postgres, script, &moment);
    });
    log_in(&server, "root");
    drop(server);

    let archived: Vec<_> = archived.iter().map(|row| row.split(',').next().unwrap().to_owned()).collect();
    let kept = numbers(&postgres);
    assert!(archived.len() >= 40 && !kept.is_empty(), "{} archived, {} kept", archived.len(), kept.len());
    let all: Vec<_> = archived.iter().chain(&kept).cloned().collect();
    let everything: Vec<_> = (1..=all.len()).map(|number| number.to_string()).collect();
    assert_eq!(all, everything, "an event was lost between the archive and the table");
    let old = format!("SELECT count(*) FROM events WHERE at < '{moment}'");
    let late: usize = sql(&postgres, &postgres.url(), &old).parse().unwrap();
    assert!(late <= 8, "{late} events from before are kept");
    let guarded = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'events_only_grow'";
    assert_eq!(sql(&postgres, &postgres.url(), guarded), "O");
}

#[test]
fn a_superuser_archives_beside_a_server() {
    archives(block("-- archive.sql\n"));
}

#[test]
fn the_owner_of_the_table_archives_beside_a_server() {
    archives(block("-- archive-as-owner.sql\n"));
}
