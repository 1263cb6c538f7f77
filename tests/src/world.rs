//! Where the story takes place: a cluster, the images in it, and the names that the steps share.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use patchbay_cluster::{Kubectl, Node, NodeOptions};
use sha2::{Digest as _, Sha256};

use crate::show::{Show, with_progress};

/// The namespace of Patchbay itself.
pub const SYSTEM: &str = "patchbay-system";
/// The namespace of the story's application.
pub const DEMO: &str = "demo";
/// The Helm release.
pub const RELEASE: &str = "patchbay";
/// The namespace of the Git server.
pub const SERVER: &str = "git-server";
/// The password in the examples, which the story replaces by a random one.
const EXAMPLE_PASSWORD: &str = "correct-horse";
/// The image with Git in the examples.
const EXAMPLE_GIT_IMAGE: &str = "docker.io/patchbay/git-demo:1";
/// The user that the Git server knows.
pub const USER: &str = "ada";

/// A cluster with everything in it that the story needs.
#[derive(Debug)]
pub struct World {
    /// Talks to the cluster.
    pub kubectl: Kubectl,
    /// Ours; none when the cluster is the user's own.
    pub node: Option<Node>,
    /// The name of Patchbay's image.
    pub image: String,
    /// The name of the image with Git in it.
    pub git_image: String,
    /// Differs when the image's content does.
    content: String,
    helm: PathBuf,
}

/// How to get a world.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// The name of our cluster.
    pub name: String,
    /// The cluster goes away with this process. Otherwise it stays until `down`.
    pub transient: bool,
}

impl World {
    /// Gets a cluster: the user's own where `PATCHBAY_USE_KUBECONFIG=1` says so, else a node of ours.
    ///
    /// # Errors
    /// What is missing, in one sentence with what to do.
    pub fn get(show: &Show, options: &WorldOptions) -> Result<Self> {
        let helm = with_progress("getting helm", patchbay_cluster::tools::helm)?;
        if std::env::var("PATCHBAY_USE_KUBECONFIG").is_ok_and(|v| v == "1") {
            return Self::of_the_user(show, helm);
        }
        let node_options = NodeOptions {
            name: options.name.clone(),
            ..NodeOptions::default()
        };
        let node = with_progress("starting a Kubernetes node", || {
            if options.transient {
                Node::start(&node_options)
            } else {
                Node::up(&node_options)
            }
        })?;
        let images = crate::images::ensure()?;
        with_progress("loading the images", || -> Result<()> {
            node.load_image(&images.patchbay.tar)?;
            node.load_image(&images.git.tar)?;
            Ok(())
        })?;
        Ok(Self {
            kubectl: node.client().clone(),
            image: images.patchbay.name,
            git_image: images.git.name,
            content: content(&images.patchbay.tar)?,
            node: Some(node),
            helm,
        })
    }

    /// Removes what the story made from a cluster that is not ours.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub fn remove(&self, show: &Show) -> Result<()> {
        self.must(
            show,
            &[
                "delete",
                "namespace",
                DEMO,
                SERVER,
                "--ignore-not-found",
                "--timeout=2m",
            ],
        )?;
        let mut command = Command::new(&self.helm);
        command.args([
            "uninstall",
            RELEASE,
            "--namespace",
            SYSTEM,
            "--ignore-not-found",
            "--wait",
        ]);
        command.env("KUBECONFIG", self.kubectl.kubeconfig());
        show.must(
            &format!("helm uninstall {RELEASE} --namespace {SYSTEM} --wait"),
            &mut command,
        )?;
        show.say("the kinds and your objects of these kinds stay; to remove them as well:");
        show.say("kubectl delete crd connectorclasses.patchbay.dev connectors.patchbay.dev");
        Ok(())
    }

    fn of_the_user(show: &Show, helm: PathBuf) -> Result<Self> {
        let kubeconfig =
            std::env::var_os("KUBECONFIG").context("PATCHBAY_USE_KUBECONFIG=1 needs KUBECONFIG")?;
        let named = |variable: &str, make: &str| {
            std::env::var(variable).with_context(|| {
                format!("set {variable} to an image that your cluster can pull; `{make}` writes it as a tar to push")
            })
        };
        let image = named("PATCHBAY_IMAGE", "make image")?;
        let git_image = named(
            "PATCHBAY_GIT_IMAGE",
            "cargo run -p patchbay-tests --bin demo -- images",
        )?;
        show.say(&format!(
            "using the cluster of {}",
            Path::new(&kubeconfig).display()
        ));
        let kubectl = Kubectl::new(patchbay_cluster::tools::kubectl()?, kubeconfig);
        Ok(Self {
            kubectl,
            node: None,
            content: "given".to_owned(),
            image,
            git_image,
            helm,
        })
    }

    /// `kubectl` with these arguments, and how a person would type it.
    #[must_use]
    pub fn kubectl(&self, args: &[&str]) -> (String, Command) {
        let mut command = self.kubectl.command();
        command.args(args).current_dir(root());
        (typed("kubectl", args), command)
    }

    /// Runs `kubectl` and shows it; it must succeed.
    ///
    /// # Errors
    /// It fails.
    pub fn must(&self, show: &Show, args: &[&str]) -> Result<String> {
        let (typed, mut command) = self.kubectl(args);
        Ok(show.must(&typed, &mut command)?.stdout)
    }

    /// Applies a file of the examples, with `password` in place of the one that is printed there.
    ///
    /// # Errors
    /// It is refused.
    pub fn apply_example(&self, show: &Show, file: &str, password: &str) -> Result<()> {
        let text = std::fs::read_to_string(root().join(file))?
            .replace(EXAMPLE_PASSWORD, password)
            .replace(EXAMPLE_GIT_IMAGE, &self.git_image);
        show.say(&format!("$ kubectl apply -f {file}"));
        for line in self.kubectl.apply_ok(&text)?.lines() {
            show.say(&format!("  {line}"));
        }
        Ok(())
    }

    /// Runs `kubectl` and shows it; it must fail. Returns what it said.
    ///
    /// # Errors
    /// It succeeds.
    pub fn refused(&self, show: &Show, args: &[&str]) -> Result<String> {
        let (typed, mut command) = self.kubectl(args);
        let shown = show.run(&typed, &mut command)?;
        ensure!(!shown.ok, "`{typed}` should have been refused, and was not");
        Ok(shown.stderr)
    }

    /// Installs or upgrades the chart and waits until it works.
    ///
    /// # Errors
    /// Helm says no, or a workload does not become ready.
    pub fn install(&self, show: &Show) -> Result<()> {
        let (repository, tag) = self.image.rsplit_once(':').context("an image name needs a tag")?;
        let mut args = vec![
            "upgrade".to_owned(),
            "--install".to_owned(),
            RELEASE.to_owned(),
            "charts/patchbay".to_owned(),
            "--namespace".to_owned(),
            SYSTEM.to_owned(),
            "--create-namespace".to_owned(),
            "--wait".to_owned(),
            "--timeout".to_owned(),
            "3m".to_owned(),
            "--set".to_owned(),
            format!("image.repository={repository}"),
            "--set".to_owned(),
            format!("image.tag={tag}"),
            // The story stops a server and waits until its Connector says so.
            "--set".to_owned(),
            "reconciler.probes.interval=5s".to_owned(),
        ];
        let kubelet = match &self.node {
            Some(node) => Some(node.kubelet_root()),
            // Some distributions have it elsewhere than the chart's default.
            None => std::env::var_os("PATCHBAY_KUBELET_DIR").map(PathBuf::from),
        };
        if let Some(folder) = kubelet {
            args.push("--set".to_owned());
            args.push(format!("kubeletDir={}", folder.display()));
        }
        // The tag stays when the content changes; this makes the pods new nevertheless.
        for part in ["webhook", "reconciler", "csiDriver"] {
            args.push("--set".to_owned());
            args.push(format!("{part}.podAnnotations.content={}", self.content));
        }
        let mut command = Command::new(&self.helm);
        command
            .args(&args)
            .current_dir(root())
            .env("KUBECONFIG", self.kubectl.kubeconfig());
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        show.must(&typed("helm", &words), &mut command)?;
        Ok(())
    }
}

/// A word that differs when the file's content does.
fn content(file: &Path) -> Result<String> {
    let digest = Sha256::digest(std::fs::read(file)?);
    Ok(digest
        .iter()
        .take(6)
        .fold("x".to_owned(), |word, byte| format!("{word}{byte:02x}")))
}

/// The checkout's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The words as a person would type them.
fn typed(program: &str, args: &[&str]) -> String {
    let mut line = program.to_owned();
    for arg in args {
        line.push(' ');
        if arg.contains([' ', '{', '$', '|', '"', '*', '&', ';', '<', '>']) {
            line.push('\'');
            line.push_str(arg);
            line.push('\'');
        } else {
            line.push_str(arg);
        }
    }
    line
}
