//! The environment variables that the harness reads, as values.

use std::{collections::BTreeMap, path::PathBuf};

/// A snapshot of environment variables, so that what depends on them can be tested without setting them.
#[derive(Debug, Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// The variables of this process; those that are not UTF-8 are left out.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        )
    }

    /// Variables made up for a test.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect())
    }

    /// A variable's value; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a switch is on: `1`, `true` or `yes`.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| ["1", "true", "yes"].contains(&value.to_ascii_lowercase().as_str()))
    }

    /// Whether this is a CI run, where a missing capability is a failure.
    pub fn is_ci(&self) -> bool {
        self.is_on("CI")
    }

    /// The kubeconfig of an existing cluster, when the user said that it may be used
    /// (`PATCHBAY_USE_KUBECONFIG=1`). A `KUBECONFIG` alone is not enough: it often names a cluster that
    /// somebody works in.
    pub fn existing_cluster(&self) -> Option<PathBuf> {
        if !self.is_on("PATCHBAY_USE_KUBECONFIG") {
            return None;
        }
        let fallback = || Some(self.home()?.join(".kube/config"));
        self.get("KUBECONFIG").map(PathBuf::from).or_else(fallback)
    }

    /// Folders of `PATH`.
    pub fn path(&self) -> Vec<PathBuf> {
        self.get("PATH")
            .map(|path| std::env::split_paths(path).collect())
            .unwrap_or_default()
    }

    /// Where built and downloaded programs are kept.
    pub fn cache_home(&self) -> PathBuf {
        self.xdg("XDG_CACHE_HOME", ".cache").join("patchbay")
    }

    /// Where running clusters keep their state.
    pub fn state_home(&self) -> PathBuf {
        self.xdg("XDG_STATE_HOME", ".local/state").join("patchbay")
    }

    fn home(&self) -> Option<PathBuf> {
        self.get("HOME")
            .map(PathBuf::from)
            .filter(|home| home.is_absolute())
    }

    fn xdg(&self, variable: &str, below_home: &str) -> PathBuf {
        let set = self
            .get(variable)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        set.or_else(|| Some(self.home()?.join(below_home)))
            .unwrap_or_else(std::env::temp_dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_follow_the_xdg_rules() {
        for (vars, cache, state) in [
            (
                vec![("HOME", "/h")],
                "/h/.cache/patchbay",
                "/h/.local/state/patchbay",
            ),
            (
                vec![("HOME", "/h"), ("XDG_CACHE_HOME", "/c"), ("XDG_STATE_HOME", "/s")],
                "/c/patchbay",
                "/s/patchbay",
            ),
            // The rules say that a relative folder is to be ignored.
            (
                vec![("HOME", "/h"), ("XDG_CACHE_HOME", "c")],
                "/h/.cache/patchbay",
                "/h/.local/state/patchbay",
            ),
        ] {
            let env = Env::of(&vars);
            assert_eq!(env.cache_home(), PathBuf::from(cache), "{vars:?}");
            assert_eq!(env.state_home(), PathBuf::from(state), "{vars:?}");
        }
    }

    #[test]
    fn an_existing_cluster_is_used_only_when_told() {
        for (vars, want) in [
            (vec![("KUBECONFIG", "/k")], None),
            (vec![("KUBECONFIG", "/k"), ("PATCHBAY_USE_KUBECONFIG", "0")], None),
            (
                vec![("KUBECONFIG", "/k"), ("PATCHBAY_USE_KUBECONFIG", "1")],
                Some("/k"),
            ),
            (
                vec![("HOME", "/h"), ("PATCHBAY_USE_KUBECONFIG", "true")],
                Some("/h/.kube/config"),
            ),
        ] {
            assert_eq!(
                Env::of(&vars).existing_cluster(),
                want.map(PathBuf::from),
                "{vars:?}"
            );
        }
    }

    #[test]
    fn switches() {
        for (value, want) in [
            ("1", true),
            ("true", true),
            ("TRUE", true),
            ("yes", true),
            ("0", false),
            ("", false),
        ] {
            assert_eq!(Env::of(&[("CI", value)]).is_ci(), want, "{value:?}");
        }
        assert!(!Env::default().is_ci());
    }
}
