//! The keys of a running server: what the folder says is taken up while it serves.

use std::path::Path;
use std::sync::Arc;

use concierge_kernel::Clock;
use concierge_signing::{Duty, FolderError, JwtSigner, KeyFolder, KeyRing, Secret, SignedBy};

/// Follows the folder's plan. A plan that cannot be followed changes nothing: the keys in force stay so.
pub struct FollowKeys {
    folder: KeyFolder,
    secret: Secret,
    clock: Arc<dyn Clock>,
    signer: Arc<JwtSigner>,
    /// What the keys in force were taken up for.
    duty: Duty,
    /// What was said of the last failure, so that it is said once.
    complaint: Option<String>,
}

impl FollowKeys {
    /// A signer with the keys of the folder at `path`, and what keeps it up with them.
    ///
    /// # Errors
    /// There are no keys, or not all that the plan asks for.
    pub(crate) fn start(
        path: &Path,
        secret: Secret,
        clock: Arc<dyn Clock>,
        signer: impl FnOnce(KeyRing) -> Arc<JwtSigner>,
    ) -> Result<Self, FolderError> {
        let folder = KeyFolder::new(path);
        let duty = folder.plan()?.duty(clock.now());
        let signer = signer(folder.ring(&duty, &secret)?);
        tell(&duty);
        Ok(Self { folder, secret, clock, signer, duty, complaint: None })
    }

    pub(crate) fn signer(&self) -> Arc<JwtSigner> {
        Arc::clone(&self.signer)
    }

    /// Takes up what the folder says now, if that is anything new.
    pub(crate) fn look(&mut self) {
        match self.take_up() {
            Ok(taken_up) => {
                let failed_before = self.complaint.take().is_some();
                if taken_up || failed_before {
                    tell(&self.duty);
                }
            }
            Err(error) => {
                let complaint = crate::causes::chain(&error);
                if self.complaint.as_ref() != Some(&complaint) {
                    tracing::error!("the keys in force stay so: {complaint}");
                    self.complaint = Some(complaint);
                }
            }
        }
    }

    fn take_up(&mut self) -> Result<bool, FolderError> {
        let duty = self.folder.plan()?.duty(self.clock.now());
        if duty == self.duty {
            return Ok(false);
        }
        self.signer.install(self.folder.ring(&duty, &self.secret)?);
        self.duty = duty;
        Ok(true)
    }
}

fn tell(duty: &Duty) {
    let signing = match &duty.signing {
        SignedBy::Secret => "the secret",
        SignedBy::Key(kid) => kid.as_str(),
    };
    let verifying: Vec<_> = duty.verifying.iter().map(|kid| kid.as_str()).collect();
    let secret = duty.secret_verifies;
    tracing::info!(signing, verifying = verifying.join(" "), secret, "keys in force");
}
