//! A volume that is written by hand, with the attributes of the CSI driver, and no annotation at all.

use anyhow::{Result, ensure};

use crate::show::Show;
use crate::world::{DEMO, World};

/// A pod without an annotation: its volume names the Connector and the files itself. Returns the names of the files that
/// it finds.
///
/// # Errors
/// The pod does not start.
pub fn run(show: &Show, world: &World) -> Result<Vec<String>> {
    world.kubectl.apply_ok(&format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: by-hand, namespace: {DEMO}}}\nspec:\n  \
         terminationGracePeriodSeconds: 0\n  securityContext: {{runAsUser: 1000, fsGroup: 2000}}\n  \
         containers:\n  - name: c\n    image: {}\n    command: [sleep, '600']\n    \
         volumeMounts: [{{name: v, mountPath: /connection, readOnly: true}}]\n  \
         volumes:\n  - name: v\n    csi:\n      driver: csi.patchbay.dev\n      readOnly: true\n      volumeAttributes:\n        \
         connector.name: git-main\n        configuration.names: ' gitconfig, !port '\n        token.expiration: 30m\n",
        world.git_image
    ))?;
    world.must(
        show,
        &[
            "wait",
            "-n",
            DEMO,
            "--for=condition=Ready",
            "pod/by-hand",
            "--timeout=60s",
        ],
    )?;
    let list = world.must(
        show,
        &["exec", "-n", DEMO, "by-hand", "--", "ls", "-A", "/connection"],
    )?;
    let group = world.must(
        show,
        &[
            "exec",
            "-n",
            DEMO,
            "by-hand",
            "--",
            "stat",
            "-L",
            "-c",
            "%g %a",
            "/connection/.gitconfig",
        ],
    )?;
    ensure!(
        group.trim() == "2000 440",
        "the pod's group cannot read its file: {group}"
    );
    world.must(show, &["delete", "pod", "-n", DEMO, "by-hand"])?;
    Ok(list
        .lines()
        .filter(|name| !name.starts_with(".."))
        .map(str::to_owned)
        .collect())
}

/// A pod whose volume names a Connector that is not there. Returns what kubelet tells of it.
///
/// # Errors
/// Kubelet tells nothing.
pub fn refused(show: &Show, world: &World) -> Result<String> {
    world.kubectl.apply_ok(&format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: refused, namespace: {DEMO}}}\nspec:\n  \
         terminationGracePeriodSeconds: 0\n  containers:\n  - name: c\n    image: {}\n    command: [sleep, '600']\n    \
         volumeMounts: [{{name: v, mountPath: /connection, readOnly: true}}]\n  \
         volumes:\n  - name: v\n    csi:\n      driver: csi.patchbay.dev\n      readOnly: true\n      \
         volumeAttributes: {{connectors: no-such-connector}}\n",
        world.git_image
    ))?;
    let events = [
        "get",
        "events",
        "-n",
        DEMO,
        "--field-selector=involvedObject.name=refused,reason=FailedMount",
        "-o",
    ];
    let message = show.wait("kubelet says why the pod does not start", super::PATIENCE, || {
        let text = world
            .kubectl
            .run(&[&events[..], &["jsonpath={.items[*].message}"]].concat())?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    })?;
    show.say(&message);
    world.must(show, &["delete", "pod", "-n", DEMO, "refused"])?;
    Ok(message)
}
