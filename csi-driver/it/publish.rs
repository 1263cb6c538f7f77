//! Publishing and unpublishing.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;

use patchbay_cluster::in_namespace;
use patchbay_proto::csi::volume_capability::{AccessType, MountVolume};
use tonic::Code;

use crate::broker::{Answer, Broker, files};
use crate::node::{Node, eventually, mount_line};

in_namespace! {
    async fn a_volume_appears_with_its_files_and_goes_again() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        node.has_files("csi-1", &[(".gitconfig", "one")]).await;
        let target = node.target("csi-1");
        let line = mount_line(&target);
        for part in ["nosuid", "nodev", "noexec", "tmpfs patchbay", "size=4096k", "nr_inodes=1024", "mode=755", "noswap"] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
        assert_eq!(fs::metadata(target.join(".gitconfig")).unwrap().permissions().mode() & 0o7777, 0o444);
        assert_eq!((node.mounts().len(), node.records()), (1, 1));
        assert!(node.metric(r#"patchbay_node_publish_total{result="published",code="OK"} 1"#));
        eventually("it is subscribed", || broker.logged("subscribe csi-1 token=t1 have=v1")).await;

        node.unpublish("csi-1").await.unwrap();
        assert!(node.is_gone("csi-1"));
        eventually("it is unsubscribed", || broker.logged("unsubscribe csi-1")).await;
        node.unpublish("csi-1").await.unwrap();
        node.unpublish("csi-never-seen").await.unwrap();
    }
}

in_namespace! {
    async fn a_second_publish_changes_nothing_but_the_token() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        eventually("it is subscribed", || broker.logged("subscribe csi-1 token=t1 have=v1")).await;
        broker.log();
        let before = fs::metadata(node.target("csi-1").join(".gitconfig")).unwrap().ino();
        node.publish("csi-1", "t1").await.unwrap();
        node.publish("csi-1", "t2").await.unwrap();
        eventually("it is renewed", || broker.logged("subscribe csi-1 token=t2 have=v1")).await;
        assert_eq!(broker.log(), ["subscribe csi-1 token=t2 have=v1"], "no question, and no renewal with an old token");
        assert_eq!(node.mounts().len(), 1);
        assert_eq!(fs::metadata(node.target("csi-1").join(".gitconfig")).unwrap().ino(), before);
        assert!(node.metric(r#"patchbay_node_publish_total{result="kept",code="OK"} 2"#));
    }
}

in_namespace! {
    async fn a_published_volume_never_fails() {
        let mut broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        broker.go_away();
        node.publish("csi-1", "t2").await.unwrap();
        // Not even when kubelet's call is malformed.
        let mut request = node.request("csi-1", "t3");
        request.secrets.clear();
        node.send(request).await.unwrap();
        let mut request = node.request("csi-1", "t3");
        request.readonly = false;
        node.send(request).await.unwrap();
        assert_eq!(node.files("csi-1").len(), 1);
        assert!(node.metric(r#"patchbay_node_publish_total{result="masked",code="InvalidArgument"} 2"#));
    }
}

in_namespace! {
    async fn the_group_of_the_pod_may_read_and_others_may_not() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        let mut request = node.request("csi-1", "t1");
        let mount = MountVolume { volume_mount_group: "2000".into(), ..MountVolume::default() };
        request.volume_capability.as_mut().unwrap().access_type = Some(AccessType::Mount(mount));
        node.send(request).await.unwrap();
        let target = node.target("csi-1");
        for (path, mode) in [(target.clone(), 0o750), (target.join("..data"), 0o750), (target.join(".gitconfig"), 0o440)] {
            let found = fs::metadata(&path).unwrap();
            assert_eq!((found.mode() & 0o7777, found.uid(), found.gid()), (mode, 0, 2000), "{path:?}");
        }
    }
}

in_namespace! {
    async fn a_first_publish_that_fails_leaves_nothing() {
        let broker = Broker::start().await;
        let node = Node::start_without_ca(&broker, 64 << 10).await;
        node.write_ca(&broker);
        let large = "x".repeat(200 << 10);
        let refuse = Answer::Refuse;
        for (answer, code, text) in [
            (refuse(Code::PermissionDenied, "may not use team/git-main"), Code::PermissionDenied, "may not use"),
            (refuse(Code::NotFound, "no Connector team/git-main"), Code::FailedPrecondition, "no Connector"),
            (refuse(Code::FailedPrecondition, "not ready"), Code::FailedPrecondition, "not ready"),
            (refuse(Code::Unauthenticated, "token refused"), Code::Unauthenticated, "token refused"),
            (refuse(Code::InvalidArgument, "bad\nparam"), Code::InvalidArgument, "bad param"),
            (Answer::Files(files("v1", &[("../../etc/x", "1")])), Code::Internal, "name can not be used"),
            (Answer::Files(files("v1", &[("big", &large)])), Code::FailedPrecondition, "--volume-size-limit"),
        ] {
            broker.answer(answer);
            let error = node.publish("csi-1", "t1").await.unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.message().contains(text), "{error} lacks {text}");
            assert!(node.is_gone("csi-1"), "after {text}");
        }
        broker.answer(Answer::Files(files("v2", &[("a", "1")])));
        node.publish("csi-1", "t1").await.unwrap();
        node.has_files("csi-1", &[("a", "1")]).await;
    }
}

in_namespace! {
    async fn a_broker_that_is_busy_or_restarts_is_asked_again() {
        let mut broker = Broker::start().await;
        let node = Node::start(&broker).await;
        broker.fail_next(&[Code::Unavailable, Code::ResourceExhausted, Code::Aborted]);
        node.publish("csi-1", "t1").await.unwrap();
        assert_eq!(broker.log().iter().filter(|line| line.starts_with("render")).count(), 4);
        broker.go_away();
        broker.come_back().await;
        node.publish("csi-2", "t1").await.unwrap();
        node.has_files("csi-2", &[(".gitconfig", "one")]).await;
    }
}

in_namespace! {
    async fn a_broker_that_is_away_is_named() {
        let mut broker = Broker::start().await;
        let node = Node::start(&broker).await;
        broker.go_away();
        let error = node.publish("csi-1", "t1").await.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable);
        for text in ["127.0.0.1:", "refused", "is the Deployment of the reconciler ready?"] {
            assert!(error.message().contains(text), "{error} lacks {text}");
        }
        assert!(node.is_gone("csi-1"));
    }
}

in_namespace! {
    async fn one_call_for_a_volume_at_a_time() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        broker.hold(true);
        let first = node.publish("csi-1", "t1");
        let others = async {
            eventually("the broker is asked", || broker.logged("render csi-1 token=t1")).await;
            assert_eq!(node.publish("csi-1", "t1").await.unwrap_err().code(), Code::Aborted);
            assert_eq!(node.unpublish("csi-1").await.unwrap_err().code(), Code::Aborted);
            broker.hold(false);
        };
        let (first, ()) = tokio::join!(first, others);
        first.unwrap();
        node.unpublish("csi-1").await.unwrap();
        assert!(node.is_gone("csi-1"));
    }
}

in_namespace! {
    async fn a_call_that_kubelet_gives_up_is_not_cut_short() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        broker.hold(true);
        let given_up = tokio::time::timeout(Duration::from_millis(300), node.publish("csi-1", "t1")).await;
        assert!(given_up.is_err());
        broker.hold(false);
        node.has_files("csi-1", &[(".gitconfig", "one")]).await;
        eventually("the volume is taken in", || broker.logged("subscribe csi-1 token=t1 have=v1")).await;
        node.publish("csi-1", "t1").await.unwrap();
        assert_eq!(node.mounts().len(), 1);
    }
}

in_namespace! {
    async fn a_volume_that_lost_its_mount_is_made_anew() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        nix::mount::umount(&node.target("csi-1")).unwrap();
        broker.answer(Answer::Files(files("v2", &[("a", "2")])));
        node.publish("csi-1", "t1").await.unwrap();
        node.has_files("csi-1", &[("a", "2")]).await;
        assert_eq!(node.mounts().len(), 1);
    }
}

in_namespace! {
    async fn many_volumes_at_once() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        let ids: Vec<String> = (0..50).map(|number| format!("csi-{number}")).collect();
        let published = futures::future::join_all(ids.iter().map(|id| node.publish(id, "t1"))).await;
        assert!(published.iter().all(Result::is_ok));
        assert_eq!(node.mounts().len(), 50);
        eventually("all are subscribed", || broker.subscribed().len() == 50).await;
        let unpublished = futures::future::join_all(ids.iter().map(|id| node.unpublish(id))).await;
        assert!(unpublished.iter().all(Result::is_ok));
        assert!(node.mounts().is_empty() && node.records() == 0);
        eventually("all are unsubscribed", || broker.subscribed().is_empty()).await;
    }
}
