use std::collections::BTreeMap;
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::prelude::*;

use super::*;

const ALL: Access = Access { group: None };

fn file(name: &str, content: &str) -> File {
    File {
        name: FileName::parse(name).unwrap(),
        content: SecretBytes::new(content.into()),
        mode: 0,
    }
}

fn files(pairs: &[(&str, &str)]) -> Vec<File> {
    pairs.iter().map(|(name, content)| file(name, content)).collect()
}

fn put(
    root: &Path,
    pairs: &[(&str, &str)],
    generation: &str,
    previous: Previous,
) -> Result<Written, WriteError> {
    let open = fs::File::open(root).unwrap();
    write(open.as_fd(), &files(pairs), ALL, generation, previous)
}

/// What a program sees: names that can be opened, with their content.
fn visible(root: &Path) -> BTreeMap<String, String> {
    let names = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| !name.starts_with(".."))
        .filter_map(|name| {
            fs::read_to_string(root.join(&name))
                .ok()
                .map(|content| (name, content))
        })
        .collect()
}

fn layout(root: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, content)| ((*name).to_owned(), (*content).to_owned()))
        .collect()
}

#[test]
fn names() {
    for name in [
        "a",
        ".gitconfig",
        ".a..b",
        "a b",
        "ca.crt",
        &"x".repeat(255),
        "\u{e4}",
    ] {
        assert!(FileName::parse(name).is_ok(), "{name:?}");
    }
    for name in [
        "",
        ".",
        "..",
        "..a",
        "..data",
        "a/b",
        "/a",
        "a/",
        "a\0",
        "a\n",
        &"x".repeat(256),
    ] {
        assert!(FileName::parse(name).is_err(), "{name:?}");
    }
}

#[test]
fn modes() {
    for (mode, group, want) in [
        (0, None, 0o444),
        (0, Some(1), 0o440),
        (0o444, Some(1), 0o440),
        (0o400, None, 0o400),
        (0o400, Some(1), 0o440),
        (0o600, None, 0o400),
        (0o755, None, 0o555),
        (0o755, Some(1), 0o550),
        (0o7777, None, 0o555),
        (0o4000, None, 0o444),
    ] {
        assert_eq!(Access { group }.file_mode(mode), want, "{mode:o} {group:?}");
    }
}

#[test]
fn generations_are_named_so_that_kubelets_tools_know_them() {
    let now = jiff::Timestamp::from_millisecond(1_700_000_000_123).unwrap();
    assert_eq!(
        generation(now, "0123456789abcdef"),
        "..20231114T221320.123-01234567"
    );
}

#[test]
fn the_layout_is_that_of_kubelet() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    assert_eq!(
        put(root, &[(".a", "1"), ("b", "2")], "..1", Previous::Linger).unwrap(),
        Written::First
    );
    assert_eq!(layout(root), ["..1", "..data", ".a", "b"]);
    assert_eq!(fs::read_link(root.join("..data")).unwrap(), Path::new("..1"));
    assert_eq!(fs::read_link(root.join(".a")).unwrap(), Path::new("..data/.a"));
    assert_eq!(
        fs::metadata(root.join(".a")).unwrap().permissions().mode() & 0o7777,
        0o444
    );
    assert_eq!(
        fs::metadata(root.join("..1")).unwrap().permissions().mode() & 0o7777,
        0o755
    );
    assert_eq!(visible(root), map(&[(".a", "1"), ("b", "2")]));
}

#[test]
fn equal_files_are_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, &[("a", "1")], "..1", Previous::Linger).unwrap();
    let before = fs::metadata(root.join("a")).unwrap();
    assert_eq!(
        put(root, &[("a", "1")], "..2", Previous::Linger).unwrap(),
        Written::Unchanged
    );
    let after = fs::metadata(root.join("a")).unwrap();
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
    assert_eq!(layout(root), ["..1", "..data", "a"]);
}

#[test]
fn a_replaced_generation_lingers_until_it_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, &[("a", "1"), ("old", "x")], "..1", Previous::Linger).unwrap();
    assert_eq!(
        put(root, &[("a", "2")], "..2", Previous::Linger).unwrap(),
        Written::Replaced
    );
    assert_eq!(layout(root), ["..1", "..2", "..data", "a"]);
    sweep(fs::File::open(root).unwrap().as_fd()).unwrap();
    assert_eq!(layout(root), ["..2", "..data", "a"]);
    assert_eq!(visible(root), map(&[("a", "2")]));
}

#[test]
fn revoking_leaves_no_content_behind() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, &[("a", "1")], "..1", Previous::Linger).unwrap();
    put(root, &[("a", "2")], "..2", Previous::Linger).unwrap();
    put(root, &[], "..3", Previous::Remove).unwrap();
    assert_eq!(layout(root), ["..3", "..data"]);
    assert!(is_complete(fs::File::open(root).unwrap().as_fd()).unwrap());
    put(root, &[("a", "4")], "..4", Previous::Linger).unwrap();
    assert_eq!(visible(root), map(&[("a", "4")]));
}

#[test]
fn what_does_not_belong_into_a_volume_is_replaced_and_never_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (root, outside) = (folder.path().join("volume"), folder.path().join("outside"));
    fs::create_dir(&root).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a"), "precious").unwrap();
    symlink(&outside, root.join("..data")).unwrap();
    symlink(outside.join("a"), root.join("a")).unwrap();
    fs::write(root.join("b"), "stray").unwrap();
    symlink(&outside, root.join("..stray")).unwrap();
    assert!(!is_complete(fs::File::open(&root).unwrap().as_fd()).unwrap());
    put(&root, &[("a", "1"), ("b", "2")], "..1", Previous::Linger).unwrap();
    assert_eq!(layout(&root), ["..1", "..data", "a", "b"]);
    assert_eq!(visible(&root), map(&[("a", "1"), ("b", "2")]));
    assert_eq!(fs::read_to_string(outside.join("a")).unwrap(), "precious");
}

#[test]
fn a_write_that_fails_leaves_the_last_good_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, &[("a", "1")], "..1", Previous::Linger).unwrap();
    // A folder in the way of a new file's link.
    fs::create_dir_all(root.join("b/x")).unwrap();
    let error = put(root, &[("a", "2"), ("b", "2")], "..2", Previous::Linger).unwrap_err();
    assert_eq!(
        (error.reason(), error.to_string().as_str()),
        ("WriteFailed", "relink b failed")
    );
    assert_eq!(visible(root), map(&[("a", "1")]));
    assert!(
        !root.join("..2").exists(),
        "the space of the half-written generation must be given back"
    );
}

#[test]
fn wrong_rights_and_wrong_content_are_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, &[("a", "1")], "..1", Previous::Linger).unwrap();
    fs::set_permissions(root.join("..1/a"), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(
        put(root, &[("a", "1")], "..2", Previous::Linger).unwrap(),
        Written::Replaced
    );
    fs::remove_file(root.join("..2/a")).unwrap();
    assert_eq!(
        put(root, &[("a", "1")], "..3", Previous::Linger).unwrap(),
        Written::Replaced
    );
    assert_eq!(visible(root), map(&[("a", "1")]));
}

fn some_files() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map("[abc]", "[01]{0,2}", 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a crash cuts short: a program sees all of the old files or all of the new ones, and the next write
    /// comes to the same end as one that was never cut short.
    #[test]
    fn a_crash_behind_any_operation_is_made_good(old in some_files(), new in some_files()) {
        let pairs = |map: &BTreeMap<String, String>| -> Vec<File> {
            map.iter().map(|(name, content)| file(name, content)).collect()
        };
        for cut in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let open = fs::File::open(folder.path()).unwrap();
            write(open.as_fd(), &pairs(&old), ALL, "..old", Previous::Linger).unwrap();
            let wanted = pairs(&new);
            let names: Vec<_> = wanted.iter().map(|file| &file.name).collect();
            let seen = observe(open.as_fd()).unwrap();
            let change = if old == new { Change::None } else { Change::To("..new") };
            let ops = plan(&seen, &names, change, Previous::Linger);
            for op in ops.iter().take(cut) {
                apply::run(open.as_fd(), op, &wanted, ALL).unwrap();
                let now = visible(folder.path());
                prop_assert!(now == old || now == new, "{op}: {now:?} is neither {old:?} nor {new:?}");
            }
            write(open.as_fd(), &wanted, ALL, "..again", Previous::Linger).unwrap();
            prop_assert_eq!(visible(folder.path()), new.clone());
            sweep(open.as_fd()).unwrap();
            let hidden = layout(folder.path()).into_iter().filter(|name| name.starts_with("..")).count();
            prop_assert_eq!(hidden, 2, "one generation and ..data");
            if cut >= ops.len() {
                break;
            }
        }
    }
}

/// A program that reads all the time never misses a file, and never sees files of two generations together.
#[test]
fn a_reader_sees_whole_generations() {
    const GENERATIONS: u64 = 300;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (rounds, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let write_generation = |number: u64| {
        let content = format!("{number}-").repeat(200);
        put(
            root,
            &[("a", &content), ("b", &content)],
            &format!("..{number}"),
            Previous::Linger,
        )
        .unwrap();
    };
    write_generation(0);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let one = fs::read_to_string(root.join("a")).expect("a file must never be missing");
                let generation = fs::File::open(root.join("..data")).expect("there is always a generation");
                let read = |name: &str| {
                    use nix::fcntl::{OFlag, openat};
                    let open = openat(&generation, name, OFlag::O_RDONLY, nix::sys::stat::Mode::empty());
                    std::io::read_to_string(fs::File::from(open.expect("a generation is whole"))).unwrap()
                };
                let (a, b) = (read("a"), read("b"));
                assert_eq!(a, b, "two generations at once");
                for content in [&one, &a] {
                    let number: u64 = content.split('-').next().unwrap().parse().unwrap();
                    assert!(number >= last, "back to an older generation");
                    assert_eq!(*content, format!("{number}-").repeat(200), "a part of a file");
                    last = number;
                }
                rounds.fetch_add(1, Ordering::Relaxed);
            }
        });
        for number in 1..=GENERATIONS {
            write_generation(number);
            // The driver leaves a replaced generation for a second. Here: until the reader has come round.
            let seen = rounds.load(Ordering::Relaxed);
            while rounds.load(Ordering::Relaxed) < seen + 2 {
                assert!(!reader.is_finished(), "the reader found fault");
                std::thread::yield_now();
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}
