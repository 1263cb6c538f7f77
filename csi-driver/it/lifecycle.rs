//! Restarts, and crashes between two steps.

use std::fs;
use std::sync::Arc;

use nix::mount::{MsFlags, mount};
use patchbay_cluster::in_namespace;
use patchbay_csi_driver::publish::apply::Disk;
use patchbay_csi_driver::publish::plan::{self, Build, Publish};
use patchbay_csi_driver::volume::files::{Access, File, FileName};
use patchbay_csi_driver::volume::mount::{LinuxMounter, Mounter, TargetState, TmpfsOptions};
use patchbay_csi_driver::volume::paths::{Paths, VolumeId};
use patchbay_csi_driver::volume::state::{Pod, Record, Store};
use patchbay_model::secret::SecretBytes;
use patchbay_model::volume::VolumeSource;
use tonic::Code;

use crate::broker::{Answer, Broker, files};
use crate::node::Node;

in_namespace! {
    async fn a_restart_keeps_the_volumes_and_goes_on_keeping_them_fresh() {
        let mut broker = Broker::start().await;
        let mut node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        node.publish("csi-gone", "t1").await.unwrap();
        broker.go_away();
        // While the driver is away, and a node restart takes a mount.
        nix::mount::umount(&node.target("csi-gone")).unwrap();
        node.restart().await;
        assert_eq!(node.files("csi-1").len(), 1);
        assert_eq!((node.mounts().len(), node.records()), (1, 1));
        assert!(!node.target("csi-gone").exists());
        broker.log();
        broker.come_back().await;
        node.is_connected().await;
        assert!(node.stats("csi-1").await.is_ok());
        // No token is on the disk: the subscription waits for kubelet's next call.
        broker.answer(Answer::Files(files("v2", &[("a", "2")])));
        node.publish("csi-1", "t2").await.unwrap();
        node.has_files("csi-1", &[("a", "2")]).await;
        assert_eq!(broker.log(), ["subscribe csi-1 token=t2 have="]);
        node.unpublish("csi-1").await.unwrap();
        assert!(node.is_gone("csi-1"));
    }
}

in_namespace! {
    async fn a_volume_that_nobody_remembers_is_adopted() {
        let broker = Broker::start().await;
        let mut node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        fs::remove_dir_all(node.shared.paths.state()).unwrap();
        node.restart().await;
        assert!(node.stats("csi-1").await.is_err());
        broker.answer(Answer::Refuse(Code::Internal, "broken"));
        node.publish("csi-1", "t2").await.unwrap();
        assert_eq!((node.mounts().len(), node.records(), node.files("csi-1").len()), (1, 1, 1));
        node.unpublish("csi-1").await.unwrap();
        assert!(node.is_gone("csi-1"));
    }
}

in_namespace! {
    async fn nothing_secret_is_on_the_disk() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        broker.answer(Answer::Files(files("v1", &[("a", "c4nary-content")])));
        node.publish("csi-1", "c4nary-token").await.unwrap();
        for entry in fs::read_dir(node.shared.paths.state()).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains("c4nary"), "{text}");
        }
        // What lies below the mount is the disk's.
        nix::mount::umount(&node.target("csi-1")).unwrap();
        assert_eq!(fs::read_dir(node.target("csi-1")).unwrap().count(), 0);
    }
}

in_namespace! {
    async fn what_is_not_ours_is_left_alone() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        let request = node.request("csi-1", "t1");
        let target = node.target("csi-1");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("precious"), "x").unwrap();
        let error = node.send(request.clone()).await.unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition, "{error}");
        assert!(target.join("precious").exists());
        fs::remove_dir_all(&target).unwrap();

        fs::create_dir(&target).unwrap();
        mount(Some("other"), &target, Some("tmpfs"), MsFlags::empty(), None::<&str>).unwrap();
        let error = node.send(request.clone()).await.unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition, "{error}");
        assert_eq!(node.mounts().len(), 1);
        node.unpublish("csi-1").await.unwrap();
        assert!(node.is_gone("csi-1"));

        std::os::unix::fs::symlink("/etc", &target).unwrap();
        let error = node.send(request.clone()).await.unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition, "{error}");
        fs::remove_file(&target).unwrap();
        // A link further up leads nowhere either.
        let parent = target.parent().unwrap();
        fs::remove_dir(parent).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), parent).unwrap();
        assert_eq!(node.send(request).await.unwrap_err().code(), Code::Internal);
        assert!(node.unpublish("csi-1").await.is_err());
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }
}

in_namespace! {
    async fn a_stack_of_mounts_goes_as_a_whole() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        mount(Some("other"), &node.target("csi-1"), Some("tmpfs"), MsFlags::empty(), None::<&str>).unwrap();
        assert_eq!(node.mounts().len(), 2);
        node.unpublish("csi-1").await.unwrap();
        assert!(node.is_gone("csi-1"));
    }
}

in_namespace! {
    async fn a_volume_that_is_in_use_on_the_node_goes_too() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        let open = fs::File::open(node.target("csi-1").join(".gitconfig")).unwrap();
        node.unpublish("csi-1").await.unwrap();
        assert!(node.is_gone("csi-1"));
        drop(open);
    }
}

in_namespace! {
    /// Some nodes keep kubelet's folder elsewhere and link to it.
    async fn kubelets_root_may_be_a_link() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("real")).unwrap();
        let root = folder.path().join("kubelet");
        std::os::unix::fs::symlink(folder.path().join("real"), &root).unwrap();
        let record = record(&Paths::new(&root).unwrap());
        fs::create_dir_all(record.target.path()).unwrap();
        let mounter = LinuxMounter::new();
        let options = TmpfsOptions { size: 1 << 20, inodes: 64, mode: 0o755, group: None };
        mounter.mount(&record.target, &options).unwrap();
        let seen = mounter.observe(&record.target).unwrap();
        assert_eq!(seen, TargetState::Ours { mounts: 1, complete: false });
        mounter.unmount(&record.target).unwrap();
        assert_eq!(mounter.observe(&record.target).unwrap(), TargetState::Folder { empty: true });
    }
}

in_namespace! {
    /// The steps on the kernel itself, cut short behind each of them.
    async fn a_crash_between_two_steps_is_made_good() {
        for cut in 0..=4 {
            let root = tempfile::tempdir().unwrap();
            let paths = Paths::new(root.path()).unwrap();
            let mounter = Arc::new(LinuxMounter::new());
            let store = Store::open(paths.state()).unwrap();
            let disk = Disk::new(Arc::clone(&mounter) as Arc<dyn Mounter>, store, 1 << 20);
            let record = record(&paths);
            fs::create_dir_all(record.target.path().parent().unwrap()).unwrap();
            let content = SecretBytes::new(b"1".to_vec());
            let files = [File { name: FileName::parse("a").unwrap(), content, mode: 0 }];
            let observe = || mounter.observe(&record.target).unwrap();
            let plan = || match plan::publish(&observe()).unwrap() {
                Publish::Keep => vec![],
                Publish::Build(steps) => steps,
            };
            let build = |steps: &[Build], generation| {
                for step in steps {
                    disk.build(*step, &record, &files, generation).unwrap();
                }
            };
            let steps = plan();
            assert_eq!(steps.len(), 4);
            build(&steps[..cut], "..1");
            build(&plan(), "..2");
            assert_eq!(observe(), TargetState::Ours { mounts: 1, complete: true }, "cut behind {cut}");
            for again in 0..=plan::unpublish(&observe()).len() {
                for step in plan::unpublish(&observe()).iter().take(again) {
                    disk.clear(*step, &record.id, &record.target).unwrap();
                }
            }
            assert_eq!(observe(), TargetState::Absent);
            assert_eq!(fs::read_dir(paths.state()).unwrap().count(), 0);
            let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
            assert!(!table.contains(root.path().to_str().unwrap()), "{table}");
        }
    }
}

fn record(paths: &Paths) -> Record {
    let target = paths.pods().join("uid-1/volumes/kubernetes.io~csi/v/mount");
    Record {
        id: VolumeId::parse("csi-1").unwrap(),
        target: paths.target(target.to_str().unwrap()).unwrap(),
        pod: Pod {
            namespace: "team".into(),
            name: "app-0".into(),
            uid: "uid-1".into(),
            service_account: "builder".into(),
        },
        source: VolumeSource::default(),
        access: Access { group: Some(2000) },
    }
}
