//! A stand-in for a container: bubblewrap with the same user, mounts, environment and limits, on this machine's binaries.
//!
//! Mounts, users, capabilities and the read-only root are the kernel's own. Different from an engine of containers are the
//! images' other files, which are Debian's here, and the network: all services share one, in which their names lead to the
//! loopback.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::file::{Service, Stack};
use crate::{repository, secrets};

/// The image that is built from the repository.
pub(crate) const CONCIERGE: &str = "concierge:local";

/// Where each replica listens, as all have one network here.
pub(crate) const REPLICAS: [(&str, &str); 3] =
    [("api", "127.0.0.11"), ("api-2", "127.0.0.12"), ("api-3", "127.0.0.13")];

/// Users of the images, for servers that look their own up.
const USERS: &str = "root:x:0:0::/:/bin/sh\npostgres:x:70:70::/:/bin/sh\nredis:x:999:1000::/:/bin/sh\n\
                     nginx:x:101:101::/:/bin/sh\nnonroot:x:65532:65532::/:/bin/sh\n";

/// What the services of one stack stand on.
pub(crate) struct Ground {
    /// The repository's folder as far as services see it, with secrets in it.
    project: TempDir,
    volumes: TempDir,
    bwrap: PathBuf,
    /// Folders of the servers' binaries.
    path: String,
}

/// What the image says of a service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    /// A system with a shell and the usual programs.
    Debian,
    /// Libraries, the binary, and nothing else.
    Distroless,
}

impl Ground {
    /// `binaries` are of the servers; those beside them are found too.
    pub(crate) fn new(bwrap: PathBuf, binaries: &[PathBuf]) -> Self {
        let project = secrets::made();
        for (file, text) in [("passwd", USERS.to_owned()), ("hosts", hosts())] {
            fs::write(project.path().join(file), text).unwrap();
        }
        let beside = binaries.iter().map(|binary| {
            let binary = binary.canonicalize().unwrap();
            binary.parent().unwrap().display().to_string()
        });
        let path = beside.chain(["/usr/sbin:/usr/bin:/sbin:/bin".to_owned()]).collect::<Vec<_>>().join(":");
        Self { project, volumes: tempfile::tempdir().unwrap(), bwrap, path }
    }

    /// A command as the service would run it, with more variables than it has by itself.
    pub(crate) fn command(&self, stack: &Stack, name: &str, more: &BTreeMap<&str, &str>) -> Command {
        let service = stack.service(name);
        let base = if service.image == CONCIERGE { Base::Distroless } else { Base::Debian };
        let mut command = self.bare(base);
        for secret in &service.secrets {
            let source = self.project.path().join(&stack.secrets[secret].file);
            let target = format!("/run/secrets/{secret}");
            folders_above(&mut command, &target);
            command.arg("--ro-bind").arg(source).arg(target);
        }
        for mount in service.mounts() {
            let how = if mount.read_only { "--ro-bind" } else { "--bind" };
            let source = match mount.source.starts_with("./") {
                true => repository(&mount.source),
                false => self.volume(&mount.source, service),
            };
            folders_above(&mut command, &mount.target);
            command.arg(how).arg(source).arg(mount.target);
        }
        for path in service.in_memory() {
            folders_above(&mut command, path);
            command.args(["--perms", "1777", "--tmpfs", path]);
        }
        let more = more.iter().map(|(variable, value)| ((*variable).to_owned(), (*value).to_owned()));
        for (variable, value) in service.environment.clone().into_iter().chain(more) {
            command.args(["--setenv", &variable, &value]);
        }
        self.as_user(&mut command, service);
        command
    }

    /// A root file system of an image; but for concierge, with nothing of ours in it yet.
    fn bare(&self, base: Base) -> Command {
        let mut command = Command::new(&self.bwrap);
        // All that runs in there ends with it.
        command.args(["--die-with-parent", "--unshare-pid", "--clearenv"]);
        command.args(["--tmpfs", "/", "--dev", "/dev", "--proc", "/proc"]);
        command.args(["--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"]);
        folders_above(&mut command, "/usr/local/bin/concierge");
        folders_above(&mut command, "/etc/passwd");
        match base {
            Base::Debian => {
                command.args(["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin"]);
                command.args(["--ro-bind", "/etc", "/etc", "--setenv", "PATH", &self.path]);
            }
            Base::Distroless => {
                command.args(["--ro-bind", "/usr/lib", "/usr/lib"]);
                command.args(["--ro-bind-try", "/usr/lib64", "/usr/lib64"]);
                command.args(["--ro-bind-try", "/etc/nsswitch.conf", "/etc/nsswitch.conf"]);
                command.args(["--ro-bind", env!("CARGO_BIN_EXE_concierge"), "/usr/local/bin/concierge"]);
            }
        }
        // By this the user is changed; no image has it.
        command.args(["--ro-bind", "/usr/bin/setpriv", "/setpriv"]);
        for file in ["passwd", "hosts"] {
            command.arg("--ro-bind").arg(self.project.path().join(file)).arg(format!("/etc/{file}"));
        }
        command
    }

    /// Seals what was built: no further mounts, a read-only root, no capabilities, another user.
    fn as_user(&self, command: &mut Command, service: &Service) {
        assert!(service.read_only && service.cap_drop == ["ALL"], "a sandbox is always so");
        let (user, group) = service.user.split_once(':').unwrap();
        command.args(["--chdir", "/", "--remount-ro", "/", "--cap-drop", "ALL"]);
        // Until the user is changed.
        for needed in ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"] {
            command.args(["--cap-add", needed]);
        }
        command.args(["/setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs"]);
        command.args(["--inh-caps=-all", "--bounding-set=-all", "--"]);
    }

    /// A volume's folder, which an image gives to its user.
    pub(crate) fn volume(&self, name: &str, service: &Service) -> PathBuf {
        let folder = self.volumes.path().join(name);
        let ids: Vec<_> = service.user.split(':').map(|id| id.parse().unwrap()).collect();
        if fs::create_dir(&folder).is_ok() {
            chown(&folder, Some(ids[0]), Some(ids[1])).unwrap();
        }
        folder
    }
}

/// bubblewrap would make them itself, for root alone.
fn folders_above(command: &mut Command, target: &str) {
    let above: Vec<_> =
        Path::new(target).ancestors().skip(1).filter(|folder| *folder != Path::new("/")).collect();
    for folder in above.into_iter().rev() {
        command.args(["--perms", "0755", "--dir"]).arg(folder);
    }
}

/// The names of services.
fn hosts() -> String {
    let replicas: String = REPLICAS.iter().map(|(_, place)| format!("{place} api\n")).collect();
    format!("127.0.0.1 localhost postgres redis\n{replicas}")
}

/// Whether this process may change users and mount, which takes root.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(Path::new("/proc/self")).unwrap().uid() == 0
}
