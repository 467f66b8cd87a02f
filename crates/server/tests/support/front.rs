//! A private nginx with what `concierge proxy-config` prints, in front of whatever is under test.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use concierge_test_servers::{NotStarted, PrivateServer};
use tempfile::TempDir;

use super::launch::Launch;

/// Runs until it is dropped.
pub(crate) struct Front {
    _nginx: PrivateServer,
    _folder: TempDir,
}

impl Front {
    /// Starts one with this server block, and with these directives around it.
    ///
    /// # Errors
    /// It does not start; its port may have been taken.
    pub(crate) fn start(nginx: &Path, printed: &str, around: &str) -> Result<Self, NotStarted> {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join("app");
        fs::create_dir(&app).unwrap();
        fs::write(app.join("index.html"), "<!doctype html><title>A frontend</title>").unwrap();
        // nginx that was started by root reads it as somebody else.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let printed = printed.replace("/var/www/app", &app.display().to_string());
        fs::write(folder.path().join("printed.conf"), printed).unwrap();
        fs::write(folder.path().join("nginx.conf"), surroundings(folder.path(), around)).unwrap();
        let mut command = Command::new(nginx);
        command.arg("-p").arg(folder.path()).args(["-e", "stderr", "-c", "nginx.conf"]);
        Ok(Self { _nginx: PrivateServer::start(&mut command, "start worker process")?, _folder: folder })
    }
}

/// What `concierge proxy-config` prints for a frontend before these replicas.
pub(crate) fn printed(launch: &Launch, frontend: &str, upstreams: &[String]) -> String {
    let mut arguments = vec!["proxy-config", "--for", "nginx", "--frontend", frontend];
    arguments.extend(upstreams.iter().flat_map(|upstream| ["--upstream", upstream]));
    let printed = launch.run(&arguments);
    assert_eq!(printed.code(), 0, "{}", printed.stderr);
    printed.stdout
}

/// The settings that it advises.
pub(crate) fn advised(launch: Launch, printed: &str) -> Launch {
    let pairs = printed.lines().filter_map(|line| line.strip_prefix("#   CONCIERGE__")?.split_once('='));
    pairs.fold(launch, |launch, (key, value)| launch.set(key, value))
}

/// What a machine's own nginx.conf has: nothing here is written outside the folder.
fn surroundings(folder: &Path, around: &str) -> String {
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String =
        kinds.iter().map(|kind| format!("    {kind}_temp_path {}/{kind};\n", folder.display())).collect();
    format!(
        "daemon off;\npid nginx.pid;\nworker_processes 1;\nerror_log stderr notice;\nevents {{}}\n\
         http {{\n    access_log off;\n{around}{temporary}    include printed.conf;\n}}\n"
    )
}
