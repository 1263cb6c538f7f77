//! What the harness can build or download: three kits, each pinned by a Go module that is part of this crate.

use sha2::{Digest as _, Sha256};

/// A set of programs that come from one Go module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kit {
    /// etcd, the Kubernetes programs and kubectl.
    Kube,
    /// The cluster's DNS server.
    CoreDns,
    /// Helm.
    Helm,
}

/// The programs of [`Kit::Kube`], which are one binary under seven names when built here.
pub(crate) const KUBE_PROGRAMS: [&str; 7] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "kubectl",
];

impl Kit {
    /// Short name, part of the cache folder's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kube => "kube",
            Self::CoreDns => "coredns",
            Self::Helm => "helm",
        }
    }

    /// The name for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Kube => "Kubernetes",
            Self::CoreDns => "CoreDNS",
            Self::Helm => "Helm",
        }
    }

    /// The programs that it holds.
    pub(crate) fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Kube => &KUBE_PROGRAMS,
            Self::CoreDns => &["coredns"],
            Self::Helm => &["helm"],
        }
    }

    /// The Go module's files: they are part of this binary, so that a build needs no checkout and the cache key
    /// is always that of the sources in use.
    pub(crate) fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Kube => &[
                ("go.mod", include_str!("../../kube/go.mod")),
                ("go.sum", include_str!("../../kube/go.sum")),
                ("main.go", include_str!("../../kube/main.go")),
            ],
            Self::CoreDns => &[
                ("go.mod", include_str!("../../coredns/go.mod")),
                ("go.sum", include_str!("../../coredns/go.sum")),
            ],
            Self::Helm => &[
                ("go.mod", include_str!("../../helm/go.mod")),
                ("go.sum", include_str!("../../helm/go.sum")),
            ],
        }
    }

    /// The Go module whose version is the kit's version.
    fn module(self) -> &'static str {
        match self {
            Self::Kube => "k8s.io/kubernetes",
            Self::CoreDns => "github.com/coredns/coredns",
            Self::Helm => "helm.sh/helm/v4",
        }
    }

    /// The package that `go build` is given.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Kube => ".",
            Self::CoreDns => "github.com/coredns/coredns",
            Self::Helm => "helm.sh/helm/v4/cmd/helm",
        }
    }

    /// The version as in go.mod, `v1.36.3`.
    pub(crate) fn version(self) -> String {
        self.required(self.module())
            .unwrap_or_else(|| "v0.0.0".to_owned())
    }

    /// The version of a module in this kit's go.mod.
    pub(crate) fn required(self, module: &str) -> Option<String> {
        self.files()
            .first()
            .and_then(|(_, go_mod)| required_version(go_mod, module))
    }

    /// The cache folder's name: changes with the version and with every file of the module.
    pub(crate) fn cache_key(self) -> String {
        let mut hash = Sha256::new();
        for (name, content) in self.files() {
            hash.update(format!("{name} {}\n", content.len()));
            hash.update(content);
        }
        let digest = hex::encode(hash.finalize());
        format!(
            "{}-{}-{}",
            self.name(),
            self.version(),
            digest.get(..12).unwrap_or(&digest)
        )
    }

    /// Linker flags. Without the version a server says v0.0.0, and clients that look at it misbehave.
    pub(crate) fn linker_flags(self) -> String {
        let version = self.version();
        let (major, minor) = parse_version(&version).map_or((0, 0), |v| (v.major, v.minor));
        match self {
            Self::Kube => {
                let at = "k8s.io/component-base/version";
                format!(
                    "-s -w -X {at}.gitVersion={version} -X {at}.gitMajor={major} -X {at}.gitMinor={minor}"
                )
            }
            Self::CoreDns => "-s -w".to_owned(),
            Self::Helm => format!("-s -w -X helm.sh/helm/v4/internal/version.version={version}"),
        }
    }
}

/// The version that a go.mod requires of a module: `module vX`, with or without `require` before it.
fn required_version(go_mod: &str, module: &str) -> Option<String> {
    go_mod.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|&word| word == "require");
        let version = (words.next()? == module).then(|| words.next())??;
        version.starts_with('v').then(|| version.to_owned())
    })
}

/// The first two numbers of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    /// 1 of 1.36.3.
    pub(crate) major: u32,
    /// 36 of 1.36.3.
    pub(crate) minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The first version in what a program prints for `--version`: `Kubernetes v1.36.3`, `etcd Version: 3.6.8`,
/// `Client Version: v1.36.3`, `v4.3.1+gabc`.
pub(crate) fn parse_version(text: &str) -> Option<Version> {
    text.split_whitespace().find_map(|word| {
        let mut numbers = word.trim_start_matches('v').split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?;
        let digits = minor.split(|c: char| !c.is_ascii_digit()).next()?;
        Some(Version {
            major,
            minor: digits.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_programs_print_them() {
        for (text, want) in [
            ("Kubernetes v1.36.3", Some((1, 36))),
            (
                "etcd Version: 3.6.8\nGit SHA: Not provided\nGo Version: go1.26.8",
                Some((3, 6)),
            ),
            (
                "Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0",
                Some((1, 32)),
            ),
            ("v4.3.1+g1234567", Some((4, 3))),
            ("1.36+", Some((1, 36))),
            ("no version here", None),
            ("", None),
        ] {
            assert_eq!(parse_version(text).map(|v| (v.major, v.minor)), want, "{text:?}");
        }
    }

    #[test]
    fn a_required_version_is_found_in_both_spellings() {
        let go_mod =
            "require a.b/c v1.2.3\nrequire (\n\tx.y/z v0.1.0 // indirect\n)\nreplace q => q v9.0.0\n";
        for (module, want) in [
            ("a.b/c", Some("v1.2.3")),
            ("x.y/z", Some("v0.1.0")),
            ("q", None),
            ("=>", None),
        ] {
            assert_eq!(required_version(go_mod, module).as_deref(), want, "{module}");
        }
    }

    #[test]
    fn every_kit_names_its_version_and_its_hash() {
        for kit in [Kit::Kube, Kit::CoreDns, Kit::Helm] {
            assert!(
                parse_version(&kit.version()).is_some_and(|v| v.major > 0),
                "{kit:?}"
            );
            let key = kit.cache_key();
            assert!(
                key.starts_with(&format!("{}-{}-", kit.name(), kit.version())),
                "{key}"
            );
        }
        assert!(Kit::Kube.required("go.etcd.io/etcd/server/v3").is_some());
        assert!(Kit::Kube.linker_flags().contains("gitMinor=36"));
    }
}
