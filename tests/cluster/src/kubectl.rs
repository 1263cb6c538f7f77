//! Talking to a cluster: kubeconfig files, and `kubectl` with the right one.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    pki::Pair,
    process,
};

/// How long one kubectl call may take unless the caller says otherwise.
const LIMIT: Duration = Duration::from_secs(60);

/// A kubeconfig as text (JSON, which is YAML too): one cluster, one user, nothing that points to other files.
///
/// `server` is a URL as `https://127.0.0.1:6443`.
pub(crate) fn kubeconfig(name: &str, server: &str, authority: &str, user: &Pair) -> String {
    let base64 = |text: &str| BASE64_STANDARD.encode(text);
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{
            "name": name,
            "cluster": {"server": server, "certificate-authority-data": base64(authority)},
        }],
        "users": [{
            "name": name,
            "user": {
                "client-certificate-data": base64(&user.certificate),
                "client-key-data": base64(&user.key),
            },
        }],
    });
    format!("{config:#}\n")
}

/// `kubectl` for one cluster and one user.
#[derive(Debug, Clone)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    cache: Option<PathBuf>,
}

impl Kubectl {
    /// A kubectl that uses this kubeconfig and no other.
    pub fn new(program: impl Into<PathBuf>, kubeconfig: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            kubeconfig: kubeconfig.into(),
            cache: None,
        }
    }

    /// The same with a folder for what kubectl remembers of the server. The usual one is in the user's home and
    /// is keyed by address: an earlier cluster's kinds would be taken for this one's.
    #[must_use]
    pub(crate) fn with_cache(self, folder: PathBuf) -> Self {
        Self {
            cache: Some(folder),
            ..self
        }
    }

    /// The program's file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The kubeconfig's file.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The same program with another user's kubeconfig.
    #[must_use]
    pub fn with_kubeconfig(&self, kubeconfig: impl Into<PathBuf>) -> Self {
        Self {
            kubeconfig: kubeconfig.into(),
            ..self.clone()
        }
    }

    /// A command without arguments, for everything that the other functions do not cover.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", &self.kubeconfig);
        if let Some(cache) = &self.cache {
            command.env("KUBECACHEDIR", cache);
        }
        command
    }

    /// Runs kubectl and returns what it printed.
    ///
    /// # Errors
    /// [`Error::Failed`] with the end of its standard error.
    pub fn run(&self, args: &[&str]) -> Result<String> {
        process::run(self.command().args(args), None, LIMIT)
    }

    /// Runs kubectl and returns status and output, whatever they are.
    ///
    /// # Errors
    /// Only when it cannot be started or does not end within a minute.
    pub fn output(&self, args: &[&str]) -> Result<Output> {
        process::output(self.command().args(args), None, LIMIT)
    }

    /// Runs kubectl with `-o json` added and parses the answer.
    ///
    /// # Errors
    /// As [`Self::run`]; [`Error::Invalid`] when the answer is not JSON.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let text = self.run(&[args, &["-o", "json"]].concat())?;
        serde_json::from_str(&text)
            .map_err(|error| Error::Invalid(format!("kubectl {} printed no JSON: {error}", args.join(" "))))
    }

    /// `kubectl apply -f -` of one or more YAML documents: status and output, so that a test of a refusal can
    /// look at both.
    ///
    /// # Errors
    /// Only when kubectl cannot be started or does not end within a minute.
    pub fn apply(&self, yaml: &str) -> Result<Output> {
        process::output(self.command().args(["apply", "-f", "-"]), Some(yaml), LIMIT)
    }

    /// Applies YAML that has to be accepted; returns what kubectl printed.
    ///
    /// # Errors
    /// [`Error::Failed`] with the refusal.
    pub fn apply_ok(&self, yaml: &str) -> Result<String> {
        process::run(self.command().args(["apply", "-f", "-"]), Some(yaml), LIMIT)
    }

    /// Deletes what the YAML names and waits until it is gone; what is not there is fine.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub fn delete(&self, yaml: &str) -> Result<String> {
        process::run(
            self.command().args(["delete", "--ignore-not-found", "-f", "-"]),
            Some(yaml),
            LIMIT,
        )
    }

    /// Polls an object (`kubectl get <args> -o json`) until `check` finds what it looks for.
    ///
    /// `what` completes the sentence "... after 10 s", as "pod x is not running". An object that is not there
    /// yet, or a server that does not answer, is polled on.
    ///
    /// # Errors
    /// [`Error::NotReady`] with the last state seen.
    pub fn wait_for<T>(
        &self,
        what: &str,
        limit: Duration,
        args: &[&str],
        mut check: impl FnMut(&Value) -> Option<T>,
    ) -> Result<T> {
        let started = Instant::now();
        loop {
            let seen = self.json(&[&["get"], args].concat());
            if let Some(found) = seen.as_ref().ok().and_then(&mut check) {
                return Ok(found);
            }
            if started.elapsed() >= limit {
                let detail = match seen {
                    Ok(value) => format!("{:#}", value.get("status").unwrap_or(&value)),
                    Err(error) => error.to_string(),
                };
                return Err(Error::NotReady {
                    what: what.to_owned(),
                    after: started.elapsed(),
                    detail: crate::error::tail(&detail, 60),
                });
            }
            // Each poll is a process; twice as often would show nothing sooner.
            std::thread::sleep(Duration::from_millis(150));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_is_complete_in_itself() {
        let user = Pair {
            certificate: "cert".into(),
            key: "key".into(),
        };
        let config: Value =
            serde_json::from_str(&kubeconfig("c", "https://127.0.0.1:1", "ca", &user)).unwrap();
        assert_eq!(
            config["clusters"][0]["cluster"],
            json!({"server": "https://127.0.0.1:1", "certificate-authority-data": "Y2E="})
        );
        assert_eq!(
            config["users"][0]["user"],
            json!({"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5"})
        );
        assert_eq!(config["current-context"], "c");
    }

    #[test]
    fn commands_name_their_kubeconfig() {
        let kubectl = Kubectl::new("/bin/kubectl", "/k")
            .with_cache("/c".into())
            .with_kubeconfig("/other");
        let command = kubectl.command();
        let env: Vec<_> = command.get_envs().collect();
        assert_eq!(
            env,
            [
                ("KUBECACHEDIR".as_ref(), Some("/c".as_ref())),
                ("KUBECONFIG".as_ref(), Some("/other".as_ref()))
            ]
        );
    }
}
