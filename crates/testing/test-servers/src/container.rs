//! Servers in containers, for machines that have docker or podman and no server's binary.
//!
//! They serve tests that use a server as it is. One that stops, kills or freezes its server needs the binary.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::PrivateServer;

/// Runs the container until it ends, is to stop (a signal TERM), or the process that started it has gone (the end of the
/// standard input). Then it is removed.
const KEEPER: &str = r#"
exec 3<&0 </dev/null
"$ENGINE" "$@" 3<&- & client=$!
{ cat <&3; "$ENGINE" rm --force "$NAME"; } >/dev/null 2>&1 & watch=$!
trap '"$ENGINE" rm --force "$NAME" >/dev/null 2>&1' TERM
wait "$client"
wait "$client"
kill "$watch" 2>/dev/null
"#;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A server as an image of it is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image {
    /// With its registry, which podman may not guess.
    pub(crate) name: &'static str,
    /// Where the server listens in there.
    pub(crate) port: u16,
    /// What stands before the image's name.
    pub(crate) options: &'static [&'static str],
    /// What is run in it.
    pub(crate) command: &'static [&'static str],
    /// What the server says when it takes connections.
    pub(crate) ready: &'static str,
}

/// A running container, removed when it is dropped or this process ends.
pub(crate) struct Container {
    engine: PathBuf,
    name: String,
    port: u16,
    _server: PrivateServer,
}

/// Why there is none although an engine answers.
#[derive(Debug)]
struct NoContainer(String);

impl Container {
    /// A new one; `None` where no engine answers, or it cannot, which standard error tells.
    pub(crate) fn start(image: Image) -> Option<Self> {
        Self::start_by(&std::env::var_os("PATH").unwrap_or_default(), image)
    }

    fn start_by(path: &OsStr, image: Image) -> Option<Self> {
        let engine = engine(path)?;
        match Self::run(engine, image) {
            Ok(container) => Some(container),
            Err(NoContainer(reason)) => {
                writeln!(io::stderr(), "NO CONTAINER of {}: {reason}", image.name).unwrap_or_default();
                None
            }
        }
    }

    fn run(engine: PathBuf, image: Image) -> Result<Self, NoContainer> {
        // An image that is there is not asked for again: the machine may have no network.
        if said(&engine, &["image", "inspect", image.name]).is_err() {
            said(&engine, &["pull", "--quiet", image.name])?;
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("concierge-test-{}-{number}", std::process::id());
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh", "run", "--rm", "--name", &name]);
        // On a port that the engine finds free, for this machine alone.
        command.args(["--publish", &format!("127.0.0.1::{}", image.port)]).args(image.options);
        command.arg(image.name).args(image.command).env("ENGINE", &engine).env("NAME", &name);
        let server = PrivateServer::start(&mut command, image.ready);
        let server = server.map_err(|failure| NoContainer(failure.to_string()))?;
        let published = said(&engine, &["port", &name, &format!("{}/tcp", image.port)])?;
        let port = published.lines().find_map(|line| line.rsplit_once(':')?.1.trim().parse().ok());
        let port = port.ok_or_else(|| NoContainer(format!("{published:?} names no port")))?;
        Ok(Self { engine, name, port, _server: server })
    }

    /// The port of 127.0.0.1 on which the server is reached.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How a program in it is run: words to go before its name and arguments.
    pub(crate) fn inside(&self) -> [PathBuf; 3] {
        [self.engine.clone(), "exec".into(), self.name.clone().into()]
    }
}

/// The first engine in `path` whose service answers.
fn engine(path: &OsStr) -> Option<PathBuf> {
    let programs = ["docker", "podman"].into_iter().flat_map(|program| {
        std::env::split_paths(path).map(move |folder| folder.join(program)).find(|file| file.is_file())
    });
    programs.into_iter().find(|program| said(program, &["info"]).is_ok())
}

/// What it says to these arguments, if it does not fail.
fn said(engine: &Path, arguments: &[&str]) -> Result<String, NoContainer> {
    let output = Command::new(engine).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| NoContainer(format!("{}: {error}", engine.display())))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(NoContainer(format!("{} {}: {}", engine.display(), arguments.join(" "), complaint.trim())))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    /// Writes down what it is told. A container of it runs until it is removed.
    const ENGINE: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/told"
case "$1" in
image) echo "no such image" >&2; exit 1 ;;
run) echo starting; echo up and ready; cat "$here/removed" ;;
port) echo 127.0.0.1:49153; echo [::1]:49154 ;;
rm) echo >"$here/removed" ;;
esac
"#;

    const IMAGE: Image = Image {
        name: "docker.io/library/server:1.0",
        port: 6379,
        options: &["--user", "nobody"],
        command: &["serve", "--quietly"],
        ready: "ready",
    };

    fn folder_with(program: &str, script: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(program);
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        let pipe = Command::new("mkfifo").arg(folder.path().join("removed")).status().unwrap();
        assert!(pipe.success());
        folder
    }

    fn told(folder: &TempDir) -> Vec<String> {
        let told = fs::read_to_string(folder.path().join("told")).unwrap();
        told.lines().map(str::to_owned).collect()
    }

    #[test]
    fn an_image_is_fetched_run_for_this_machine_alone_and_removed_in_the_end() {
        let docker = folder_with("docker", ENGINE);
        let container = Container::start_by(docker.path().as_os_str(), IMAGE).unwrap();
        assert_eq!(container.port(), 49153);
        let name = container.name.clone();
        assert_eq!(container.inside(), [docker.path().join("docker"), "exec".into(), name.clone().into()]);
        drop(container);
        assert_eq!(
            told(&docker),
            [
                "info".to_owned(),
                "image inspect docker.io/library/server:1.0".to_owned(),
                "pull --quiet docker.io/library/server:1.0".to_owned(),
                format!(
                    "run --rm --name {name} --publish 127.0.0.1::6379 --user nobody docker.io/library/server:1.0 \
                     serve --quietly"
                ),
                format!("port {name} 6379/tcp"),
                format!("rm --force {name}"),
            ]
        );
    }

    #[test]
    fn an_engine_that_does_not_answer_is_passed_over() {
        let docker = folder_with("docker", "#!/bin/sh\necho 'no daemon' >&2; exit 1\n");
        assert!(Container::start_by(docker.path().as_os_str(), IMAGE).is_none());
        let podman = folder_with("podman", ENGINE);
        let path = std::env::join_paths([docker.path(), podman.path()]).unwrap();
        let container = Container::start_by(&path, IMAGE).unwrap();
        assert_eq!(container.engine, podman.path().join("podman"));
    }

    #[test]
    fn an_image_that_cannot_be_fetched_or_ends_at_once_is_no_server() {
        let offline = ENGINE.replace("rm)", "pull) echo offline >&2; exit 1 ;;\nrm)");
        let docker = folder_with("docker", &offline);
        let failure = Container::run(docker.path().join("docker"), IMAGE).err().unwrap();
        assert!(failure.0.ends_with("pull --quiet docker.io/library/server:1.0: offline"), "{failure:?}");
        let broken = folder_with("docker", &ENGINE.replace("echo up and ready; cat", "echo broken; : "));
        let failure = Container::run(broken.path().join("docker"), IMAGE).err().unwrap();
        assert!(failure.0.contains("broken\n"), "{failure:?}");
    }
}
