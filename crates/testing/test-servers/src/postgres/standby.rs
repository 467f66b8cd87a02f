//! A second Postgres server that has all that the first one has acknowledged, and takes its place.

use super::{Postgres, run};

impl Postgres {
    /// A new server that follows this one. From now on this one acknowledges nothing that the other does not have.
    ///
    /// # Panics
    /// It does not start.
    pub fn standby(&self) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no folder for Postgres: {error}"));
        let mut standby = Self::housed(self.program.clone(), folder.path().to_owned());
        standby.own_folder = Some(folder);
        let mut copy = standby.tool_as_server("pg_basebackup");
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--username=postgres"]);
        run(copy.arg("--host").arg(&self.folder).arg("--pgdata").arg(standby.data()));
        standby.resume();
        self.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.run("SELECT pg_reload_conf()");
        while self.run("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != "1" {}
        standby
    }

    /// Makes this one, which followed another, take writes itself.
    ///
    /// # Panics
    /// It does not.
    pub fn promote(&self) {
        run(self.tool_as_server("pg_ctl").arg("promote").arg("--pgdata").arg(self.data()));
    }
}
