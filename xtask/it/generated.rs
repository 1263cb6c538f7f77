//! Generated files are what the code would make now.

#[test]
fn generated_files_are_up_to_date() {
    let stale = xtask::codegen::stale(&xtask::root()).expect("the files can be made");
    let paths: Vec<_> = stale.into_iter().map(|(path, _)| path).collect();
    assert!(
        paths.is_empty(),
        "run `cargo xtask codegen`: {paths:?} differ from the code"
    );
}
