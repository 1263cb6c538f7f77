//! The commands of the program.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use patchbay_cluster::{
    Component, ControlPlane, Env, Existing, Kubectl, Node, NodeOptions, Options, can_run_node, leftovers,
    remove_abandoned, tools,
};

/// A real Kubernetes on this machine, for development and tests.
///
/// With PATCHBAY_USE_KUBECONFIG=1 the cluster of KUBECONFIG is used instead; then `up` only checks that it
/// answers, and `down` does nothing.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Args {
    /// The cluster's name; clusters of different names run side by side.
    #[arg(
        long,
        global = true,
        default_value = "patchbay",
        env = "PATCHBAY_CLUSTER_NAME"
    )]
    name: String,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start a node with everything that belongs to it, or use the one that runs.
    Up {
        /// How often kubelet looks at each pod without a reason.
        #[arg(long, default_value = "1m")]
        sync_frequency: String,
        /// Stay until this program ends, and remove the node then, however it ends.
        #[arg(long)]
        foreground: bool,
    },
    /// Remove the node and everything of it.
    Down,
    /// Show what runs.
    Status,
    /// Load image archives (`docker save` form) into the node.
    LoadImage {
        /// Archives.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the log of a component or a pod; without a name, which there are.
    Logs {
        /// A component, as `kubelet`, or a pod, as `kube-system/name` or `name`.
        of: Option<String>,
    },
    /// Print the path of the administrator's kubeconfig.
    Kubeconfig,
    /// Run kubectl as the administrator.
    Kubectl {
        /// kubectl's arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Kill a component, start it again and wait until the node is ready.
    Restart {
        /// The component, as `kubelet`.
        component: Component,
    },
    /// Remove what control planes and nodes left that were killed.
    Gc,
    /// Run etcd and an API server until this program ends; prints the path of a kubeconfig.
    ControlPlane,
    /// Print the path of Helm, after making it if need be.
    Helm,
}

/// Runs a command.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let existing = Existing::from_env(&Env::of_process())?;
    let name = args.name;
    match args.verb {
        Verb::Up {
            sync_frequency,
            foreground,
        } => match existing {
            Some(cluster) => print(format_args!(
                "the cluster of {} answers",
                cluster.client().kubeconfig().display()
            ))?,
            None => up(
                &NodeOptions {
                    name,
                    sync_frequency,
                    ..NodeOptions::default()
                },
                foreground,
            )?,
        },
        Verb::Down => match existing {
            Some(_) => print("the cluster of KUBECONFIG is not ours to remove")?,
            None => Node::down(&name)?,
        },
        Verb::Status => return status(&name),
        Verb::LoadImage { files } => {
            anyhow::ensure!(
                existing.is_none(),
                "images cannot be loaded into the cluster of KUBECONFIG: push them to a registry that it can reach"
            );
            let node = Node::attach(&name)?;
            files.iter().try_for_each(|file| node.load_image(file))?;
        }
        Verb::Logs { of } => return logs(&name, existing, of.as_deref()),
        Verb::Kubeconfig => print(client(&name, existing)?.kubeconfig().display())?,
        Verb::Kubectl { args } => return exec(client(&name, existing)?.command().args(args)),
        Verb::Restart { component } => Node::attach(&name)?.restart_component(component)?,
        Verb::Gc => gc()?,
        Verb::ControlPlane => {
            let cluster = ControlPlane::start(Options::default())?;
            print(cluster.kubeconfig_path().display())?;
            wait_for_the_end();
        }
        Verb::Helm => print(tools::helm()?.display())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn up(options: &NodeOptions, foreground: bool) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let node = if foreground {
        Node::start(options)?
    } else {
        Node::up(options)?
    };
    print(format_args!(
        "cluster {} is ready after {:.1} s",
        node.name(),
        started.elapsed().as_secs_f32()
    ))?;
    print(format_args!(
        "export KUBECONFIG={}",
        node.kubeconfig_path().display()
    ))?;
    if foreground {
        wait_for_the_end();
    }
    Ok(())
}

/// A signal ends the program; what it started is then removed by its watchdog.
fn wait_for_the_end() -> ! {
    loop {
        std::thread::park();
    }
}

/// Shows components and remains; fails when the node is not there or not whole.
fn status(name: &str) -> anyhow::Result<ExitCode> {
    can_run_node()?;
    let Ok(node) = Node::attach(name) else {
        let parts = leftovers(name)?;
        if parts.is_empty() {
            print(format_args!("cluster {name} does not run"))?;
        } else {
            print(format_args!(
                "remains of cluster {name}; `down` removes them:\n  {}",
                parts.join("\n  ")
            ))?;
        }
        return Ok(ExitCode::FAILURE);
    };
    print(format_args!(
        "cluster {name} at {}, state in {}",
        node.url(),
        node.folder().display()
    ))?;
    let status = node.status();
    for (component, pid) in &status {
        let state = pid.map_or("is down".to_owned(), |pid| format!("runs as process {pid}"));
        print(format_args!("  {:24} {state}", component.name()))?;
    }
    let whole = status.iter().all(|(_, pid)| pid.is_some());
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn logs(name: &str, existing: Option<Existing>, of: Option<&str>) -> anyhow::Result<ExitCode> {
    let Some(of) = of else {
        let node = Node::attach(name)?;
        node.status()
            .iter()
            .try_for_each(|(component, _)| print(component))?;
        node.pod_logs()
            .iter()
            .try_for_each(|path| print(path.display()))?;
        return Ok(ExitCode::SUCCESS);
    };
    if let (None, Ok(component)) = (&existing, of.parse::<Component>()) {
        let path = Node::attach(name)?.log_path(component);
        let mut file = fs::File::open(&path).with_context(|| format!("open {}", path.display()))?;
        io::copy(&mut file, &mut io::stdout().lock())?;
        return Ok(ExitCode::SUCCESS);
    }
    let (namespace, pod) = of.split_once('/').unwrap_or(("default", of));
    let args = [
        "logs",
        "--namespace",
        namespace,
        pod,
        "--all-containers",
        "--prefix",
    ];
    exec(client(name, existing)?.command().args(args))
}

fn gc() -> anyhow::Result<()> {
    for name in remove_abandoned(&Env::of_process())? {
        print(format_args!("removed control plane {name}"))?;
    }
    for name in Node::all() {
        let node = Node::attach(&name);
        if node.is_ok_and(|node| node.status().iter().any(|(_, pid)| pid.is_some())) {
            print(format_args!(
                "cluster {name} runs; `patchbay-cluster --name {name} down` removes it"
            ))?;
        } else {
            Node::down(&name)?;
            print(format_args!("removed the remains of cluster {name}"))?;
        }
    }
    Ok(())
}

fn client(name: &str, existing: Option<Existing>) -> anyhow::Result<Kubectl> {
    match existing {
        Some(cluster) => Ok(cluster.client().clone()),
        None => Ok(Node::attach(name)?.client().clone()),
    }
}

/// Runs a program in our place: with our terminal, and with its status as ours.
fn exec(command: &mut Command) -> anyhow::Result<ExitCode> {
    let status = command.status().context("start kubectl")?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Prints a line of the program's answer; a reader that went away ends the program.
fn print(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{text}").context("print")
}
