//! The container file for people with Docker says the same as `cargo xtask image`.

#[test]
fn the_container_file_makes_the_same_image() {
    let text = std::fs::read_to_string(xtask::root().join("Dockerfile")).expect("Dockerfile");
    let last = text.rsplit("\nFROM ").next().expect("a last stage");
    assert!(
        last.starts_with("scratch"),
        "the last stage is empty but for what is copied"
    );
    for program in xtask::image::PROGRAMS {
        assert!(last.contains(&format!("/{program}")), "{program} is not copied");
    }
    let user = xtask::image::NONROOT;
    assert!(
        last.contains(&format!("USER {user}:{user}")),
        "it does not run as {user}"
    );
    assert!(
        text.contains("target-feature=+crt-static"),
        "the programs are not static"
    );
}
