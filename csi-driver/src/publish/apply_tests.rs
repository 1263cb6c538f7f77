//! Plans carried out over recorded mounts, cut short behind every step.

use std::fs;

use nix::errno::Errno;
use patchbay_model::secret::SecretBytes;

use super::*;
use crate::publish::plan::{self, Publish};
use crate::restore;
use crate::volume::fake::RecordingMounter;
use crate::volume::files::FileName;
use crate::volume::mount::TargetState;
use crate::volume::paths::Paths;
use crate::volume::registry::Registry;
use crate::volume::state::tests::record;

struct Node {
    _root: tempfile::TempDir,
    paths: Paths,
    mounter: Arc<RecordingMounter>,
    disk: Disk,
    record: Record,
}

fn node() -> Node {
    let root = tempfile::tempdir().unwrap();
    let paths = Paths::new(root.path()).unwrap();
    let mounter = Arc::new(RecordingMounter::default());
    let disk = Disk::new(
        Arc::clone(&mounter) as Arc<dyn Mounter>,
        Store::open(paths.state()).unwrap(),
        4 << 20,
    );
    // Without a group: only root may give files away.
    let record = Record {
        access: Access { group: None },
        ..record(&paths, "csi-1")
    };
    fs::create_dir_all(record.target.path().parent().unwrap()).unwrap();
    Node {
        _root: root,
        paths,
        mounter,
        disk,
        record,
    }
}

impl Node {
    fn files(content: &str) -> Vec<File> {
        vec![File {
            name: FileName::parse("a").unwrap(),
            content: SecretBytes::new(content.into()),
            mode: 0,
        }]
    }

    fn observe(&self) -> TargetState {
        self.mounter.observe(&self.record.target).unwrap()
    }

    fn building(&self) -> Vec<Build> {
        match plan::publish(&self.observe()).unwrap() {
            Publish::Keep => vec![],
            Publish::Build(steps) => steps,
        }
    }

    fn build(&self, steps: &[Build], generation: &str) -> Result<(), ApplyError> {
        let files = Self::files("1");
        steps
            .iter()
            .try_for_each(|step| self.disk.build(*step, &self.record, &files, generation))
    }

    fn clear(&self, steps: &[Clear]) -> Result<(), ApplyError> {
        steps
            .iter()
            .try_for_each(|step| self.disk.clear(*step, &self.record.id, &self.record.target))
    }

    fn remembered(&self) -> usize {
        self.disk.store().load(&self.paths).unwrap().len()
    }

    fn is_gone(&self) -> bool {
        self.observe() == TargetState::Absent && self.remembered() == 0
    }
}

#[test]
fn a_publish_cut_short_behind_any_step_is_finished_by_the_next() {
    let steps = node().building();
    for cut in 0..=steps.len() {
        let node = node();
        node.build(&steps[..cut], "..1").unwrap();
        node.build(&node.building(), "..2").unwrap();
        assert_eq!(
            node.observe(),
            TargetState::Ours {
                mounts: 1,
                complete: true
            },
            "cut behind {cut}"
        );
        assert_eq!(
            fs::read_to_string(node.record.target.path().join("a")).unwrap(),
            "1"
        );
        assert_eq!(node.remembered(), 1);
        assert_eq!(
            node.mounter
                .calls()
                .iter()
                .filter(|call| *call == "mount")
                .count(),
            1
        );
    }
}

#[test]
fn a_publish_cut_short_behind_any_step_can_be_cleared_away() {
    let steps = node().building();
    for cut in 0..=steps.len() {
        let node = node();
        node.build(&steps[..cut], "..1").unwrap();
        node.clear(&plan::unpublish(&node.observe())).unwrap();
        assert!(node.is_gone(), "cut behind {cut}");
    }
}

#[test]
fn an_unpublish_cut_short_behind_any_step_is_finished_by_the_next() {
    for cut in 0..=3 {
        let node = node();
        node.build(&node.building(), "..1").unwrap();
        let steps = plan::unpublish(&node.observe());
        node.clear(&steps[..cut]).unwrap();
        node.clear(&plan::unpublish(&node.observe())).unwrap();
        assert!(node.is_gone(), "cut behind {cut}");
        node.clear(&plan::unpublish(&node.observe())).unwrap();
    }
}

#[test]
fn a_step_that_fails_leaves_what_can_be_cleared_away() {
    for (operation, reason) in [("make folder", "MountFailed"), ("mount", "MountFailed")] {
        let node = node();
        node.mounter.fail(operation, Errno::EIO);
        let error = node.build(&node.building(), "..1").unwrap_err();
        assert_eq!(error.reason(), reason);
        assert!(error.public().contains("I/O error"), "{}", error.public());
        node.clear(&plan::unpublish(&node.observe())).unwrap();
        assert!(node.is_gone());
    }
}

#[test]
fn what_is_not_mounted_is_not_written_to() {
    let node = node();
    node.build(&[Build::Remember, Build::MakeFolder], "..1").unwrap();
    let error = node.build(&[Build::Write], "..1").unwrap_err();
    assert_eq!(error.reason(), "MountFailed");
    assert_eq!(
        node.observe(),
        TargetState::Folder { empty: true },
        "secrets never go to a disk"
    );
}

#[test]
fn a_restart_adopts_what_is_there_and_clears_what_is_not() {
    // What was there; whether it is adopted; whether it is still remembered.
    type Prepare = fn(&Node);
    let whole: Prepare = |node| node.build(&node.building(), "..1").unwrap();
    let cases: [(&str, Prepare, bool, usize); 6] = [
        ("published", whole, true, 1),
        (
            "cut short before the files",
            |node| node.build(&node.building()[..3], "..1").unwrap(),
            false,
            1,
        ),
        (
            "cut short before the mount",
            |node| node.build(&node.building()[..2], "..1").unwrap(),
            false,
            0,
        ),
        (
            "only remembered",
            |node| node.build(&node.building()[..1], "..1").unwrap(),
            false,
            0,
        ),
        (
            "the node was restarted",
            |node| {
                node.build(&node.building(), "..1").unwrap();
                node.mounter.reboot();
            },
            false,
            0,
        ),
        (
            "the pod is gone",
            |node| {
                node.build(&node.building()[..1], "..1").unwrap();
                fs::remove_dir_all(node.record.target.pod_folder()).unwrap();
            },
            false,
            0,
        ),
    ];
    for (name, prepare, adopted, remembered) in cases {
        let node = node();
        prepare(&node);
        let registry = Registry::new(patchbay_runtime::clock::now());
        restore::restore(&node.disk, &node.paths, &registry).unwrap();
        assert_eq!(registry.get(&node.record.id).is_some(), adopted, "{name}");
        assert_eq!(node.remembered(), remembered, "{name}");
        if remembered == 0 {
            assert!(node.is_gone(), "{name}");
        }
    }
}

#[test]
fn only_what_is_left_of_gone_pods_is_collected() {
    let node = node();
    node.build(&node.building()[..1], "..1").unwrap();
    assert!(
        restore::collect(&node.disk, &node.paths, |_| false)
            .unwrap()
            .is_empty(),
        "the pod is there"
    );
    fs::remove_dir_all(node.record.target.pod_folder()).unwrap();
    assert!(
        restore::collect(&node.disk, &node.paths, |_| true)
            .unwrap()
            .is_empty(),
        "a call is being worked on"
    );
    let collected = restore::collect(&node.disk, &node.paths, |_| false).unwrap();
    assert_eq!(collected.iter().collect::<Vec<_>>(), [&node.record]);
    assert!(node.is_gone());
}
