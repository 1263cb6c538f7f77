//! New files for published volumes.

use std::fs;
use std::os::unix::fs::MetadataExt;

use patchbay_cluster::in_namespace;
use patchbay_proto::broker::watch_response::Response;
use patchbay_proto::broker::{Current, Update, WatchResponse};
use tonic::Code;

use crate::broker::{Answer, Broker, files};
use crate::node::{Node, eventually};

in_namespace! {
    async fn a_push_replaces_the_files_at_once() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        eventually("it is subscribed", || broker.subscribed().len() == 1).await;
        broker.answer(Answer::Files(files("v2", &[(".gitconfig", "two"), ("new", "x")])));
        broker.push().await;
        node.has_files("csi-1", &[(".gitconfig", "two"), ("new", "x")]).await;
        // The next renewal says what it has, and the replaced files go.
        node.publish("csi-1", "t2").await.unwrap();
        eventually("the version is known", || broker.logged("subscribe csi-1 token=t2 have=v2")).await;
        let target = node.target("csi-1");
        let hidden = || fs::read_dir(&target).unwrap().filter(|entry| {
            entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("..")
        }).count();
        eventually("one generation and ..data", || hidden() == 2).await;
        broker.answer(Answer::Files(files("v3", &[("new", "x")])));
        broker.push().await;
        node.has_files("csi-1", &[("new", "x")]).await;
        assert!(node.metric("patchbay_volume_update_seconds_count 2"));
    }
}

in_namespace! {
    async fn equal_files_of_another_version_are_not_written() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        let before = fs::metadata(node.target("csi-1").join(".gitconfig")).unwrap().ino();
        broker.answer(Answer::Files(files("another-replica", &[(".gitconfig", "one")])));
        eventually("it is subscribed", || broker.subscribed().len() == 1).await;
        broker.push().await;
        eventually("it was taken", || node.metric(r#"patchbay_volume_updates_total{result="unchanged"} 2"#)).await;
        assert_eq!(fs::metadata(node.target("csi-1").join(".gitconfig")).unwrap().ino(), before);
        node.publish("csi-1", "t2").await.unwrap();
        eventually("it goes by the new name", || broker.logged("subscribe csi-1 token=t2 have=another-replica")).await;
    }
}

in_namespace! {
    async fn a_revoked_volume_is_emptied_and_filled_again() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        eventually("it is subscribed", || broker.subscribed().len() == 1).await;
        broker.answer(Answer::Refuse(Code::PermissionDenied, "no longer granted"));
        broker.push().await;
        node.has_files("csi-1", &[]).await;
        let left = fs::read_dir(node.target("csi-1").join("..data")).unwrap().count();
        assert_eq!(left, 0);
        let condition = node.stats("csi-1").await.unwrap().volume_condition.unwrap();
        assert!(condition.abnormal && condition.message.contains("NotGranted: no longer granted"), "{condition:?}");
        assert!(node.metric(r#"patchbay_volumes{state="revoked"} 1"#));
        // Kubelet is told that all is well; the broker is not fooled either.
        node.publish("csi-1", "t2").await.unwrap();
        eventually("it has nothing", || broker.logged("subscribe csi-1 token=t2 have=")).await;
        broker.send(WatchResponse { response: Some(Response::Current(Current { volume_id: "csi-1".into() })) }).await;
        broker.answer(Answer::Files(files("v3", &[("a", "3")])));
        broker.push().await;
        node.has_files("csi-1", &[("a", "3")]).await;
        eventually("it is fresh", || node.metric(r#"patchbay_volumes{state="fresh"} 1"#)).await;
    }
}

in_namespace! {
    async fn a_stale_volume_keeps_its_files_and_says_so() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        eventually("it is subscribed", || broker.subscribed().len() == 1).await;
        assert!(!node.stats("csi-1").await.unwrap().volume_condition.unwrap().abnormal);
        broker.answer(Answer::Refuse(Code::FailedPrecondition, "Secret team/git is not there"));
        broker.push().await;
        eventually("it is stale", || node.metric(r#"patchbay_volumes{state="stale"} 1"#)).await;
        let condition = node.stats("csi-1").await.unwrap().volume_condition.unwrap();
        assert!(condition.abnormal && condition.message.contains("Secret team/git is not there"), "{condition:?}");
        assert_eq!(node.files("csi-1").len(), 1);
        broker.answer(Answer::Files(files("v1", &[(".gitconfig", "one")])));
        node.publish("csi-1", "t2").await.unwrap();
        eventually("it is fresh", || node.metric(r#"patchbay_volumes{state="fresh"} 1"#)).await;
    }
}

in_namespace! {
    async fn files_that_cannot_be_used_change_nothing() {
        let broker = Broker::start().await;
        let node = Node::start_without_ca(&broker, 64 << 10).await;
        node.write_ca(&broker);
        node.publish("csi-1", "t1").await.unwrap();
        eventually("it is subscribed", || broker.subscribed().len() == 1).await;
        let large = "x".repeat(200 << 10);
        let hostile = [
            files("v2", &[("..data", "1")]),
            files("v2", &[("a/../../b", "1")]),
            files("v2", &[("a", "1"), ("a", "2")]),
            files("v2", &[("big", &large)]),
            files("", &[("a", "1")]),
        ];
        for (number, files) in hostile.into_iter().enumerate() {
            let update = Update { volume_id: "csi-1".into(), files: Some(files), as_of: 0 };
            broker.send(WatchResponse { response: Some(Response::Update(update)) }).await;
            let line = format!(r#"patchbay_volume_updates_total{{result="failed"}} {}"#, number + 1);
            eventually("it was refused", || node.metric(&line)).await;
            node.has_files("csi-1", &[(".gitconfig", "one")]).await;
        }
        assert!(node.stats("csi-1").await.unwrap().volume_condition.unwrap().abnormal);
        // For volumes that it does not have, the driver has no use.
        for id in ["csi-other", "", "\n"] {
            let update = Update { volume_id: id.into(), files: Some(files("v2", &[("a", "1")])), as_of: 0 };
            broker.send(WatchResponse { response: Some(Response::Update(update)) }).await;
        }
        broker.answer(Answer::Files(files("v4", &[("a", "4")])));
        broker.push().await;
        node.has_files("csi-1", &[("a", "4")]).await;
        assert_eq!(node.mounts().len(), 1);
    }
}

in_namespace! {
    async fn after_the_broker_came_back_everything_is_subscribed_again() {
        let mut broker = Broker::start().await;
        let node = Node::start(&broker).await;
        for id in ["csi-1", "csi-2"] {
            node.publish(id, "t1").await.unwrap();
        }
        eventually("both are subscribed", || broker.subscribed().len() == 2).await;
        broker.go_away();
        eventually("it is noticed", || node.metric("patchbay_broker_stream_connected 0")).await;
        assert!(!node.context.readiness.is_ready());
        // Meanwhile: a volume goes, a token is renewed, the files change.
        node.unpublish("csi-2").await.unwrap();
        node.publish("csi-1", "t2").await.unwrap();
        broker.log();
        broker.answer(Answer::Files(files("v2", &[("a", "2")])));
        broker.come_back().await;
        node.is_connected().await;
        node.has_files("csi-1", &[("a", "2")]).await;
        assert_eq!(broker.log(), ["subscribe csi-1 token=t2 have=v1"]);
        assert_eq!(broker.subscribed(), ["csi-1"]);
    }
}

in_namespace! {
    async fn a_broker_that_falls_silent_is_left() {
        let mut broker = Broker::start().await;
        broker.beat(false);
        let node = Node::start(&broker).await;
        eventually("another stream", || node.metric("patchbay_broker_stream_connects_total 2")).await;
        broker.beat(true);
        node.publish("csi-1", "t1").await.unwrap();
        eventually("it is subscribed", || broker.subscribed().len() == 1).await;
        broker.go_away();
    }
}
