//! A Go program: built once for each state of its sources, and kept in the user's cache.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use patchbay_cluster::{Env, Error, Result};
use sha2::{Digest as _, Sha256};

/// A program, by its sources.
#[derive(Debug, Clone, Copy)]
pub struct GoProgram {
    /// What it is called in the cache.
    pub name: &'static str,
    /// What cannot be asked without it, as the beginning of a sentence.
    pub answers: &'static str,
    /// The name and content of each file. They are part of the binary, so that the cache key is always that of the
    /// sources in use.
    pub files: [(&'static str, &'static str); 3],
}

const TEMPLATES: GoProgram = GoProgram {
    name: "oracle",
    answers: "What Go makes of templates",
    files: [
        ("go.mod", include_str!("../go.mod")),
        ("go.sum", include_str!("../go.sum")),
        ("main.go", include_str!("../main.go")),
    ],
};

/// A cold build with downloads on a slow machine, and then some.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// The program that answers what Go makes of templates; see [`GoProgram::find`].
///
/// # Errors
/// Those of [`GoProgram::find`].
pub fn find(env: &Env) -> Result<PathBuf> {
    TEMPLATES.find(env)
}

impl GoProgram {
    /// The program, built where it is not there yet.
    ///
    /// # Errors
    /// [`Error::Capability`] without Go; others when the build or a file operation fails.
    pub fn find(&self, env: &Env) -> Result<PathBuf> {
        let home = env.cache_home();
        let name = format!("{}-{}", self.name, self.key());
        let program = home.join(&name);
        if program.is_file() {
            return Ok(program);
        }
        let Some(go) = env
            .path()
            .into_iter()
            .map(|folder| folder.join("go"))
            .find(|go| go.is_file())
        else {
            return Err(Error::Capability(format!(
                "{} cannot be asked, because there is no Go: install Go 1.26 from https://go.dev/dl.",
                self.answers
            )));
        };
        // A name of its own for each process: several may build at once, and the last rename wins.
        let folder = home.join(format!("{name}.{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|source| io("create", &folder, source))?;
        let built = self.build(&go, &folder, &program);
        fs::remove_dir_all(&folder).map_err(|source| io("remove", &folder, source))?;
        built.map(|()| program)
    }

    fn key(&self) -> String {
        let mut hash = Sha256::new();
        for (name, content) in self.files {
            hash.update(format!("{name} {}\n", content.len()));
            hash.update(content);
        }
        hex::encode(hash.finalize()).chars().take(12).collect()
    }

    fn build(&self, go: &Path, folder: &Path, program: &Path) -> Result<()> {
        for (name, content) in self.files {
            let path = folder.join(name);
            fs::write(&path, content).map_err(|source| io("write", &path, source))?;
        }
        let built = folder.join("oracle");
        let mut command = Command::new(go);
        command
            .current_dir(folder)
            .env("CGO_ENABLED", "0")
            .env("GOWORK", "off")
            // The program must run here, whatever the user builds for.
            .env_remove("GOOS")
            .env_remove("GOARCH")
            .args(["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o"])
            .arg(&built)
            .arg(".");
        patchbay_cluster::run(&mut command, None, LIMIT)?;
        fs::rename(&built, program).map_err(|source| io("rename to", program, source))
    }
}

fn io(verb: &str, path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        doing: format!("{verb} {}", path.display()),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_go_is_told_what_to_do() {
        let env = Env::of(&[("PATH", "/nowhere"), ("XDG_CACHE_HOME", "/nowhere")]);
        let error = find(&env).unwrap_err();
        assert!(matches!(error, Error::Capability(_)));
        assert!(error.to_string().contains("install Go"), "{error}");
    }
}
