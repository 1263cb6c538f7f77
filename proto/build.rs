//! Compiles the three interfaces without `protoc`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let files = ["csi.proto", "pluginregistration.proto", "broker.proto"];
    for file in files {
        println!("cargo::rerun-if-changed={file}");
    }
    let descriptors = protox::compile(files, ["."])?;
    tonic_prost_build::configure()
        // A request carries tokens and an answer carries credentials: `Debug` on these would be a leak waiting
        // for its log line.
        .skip_debug([
            ".csi.v1.NodePublishVolumeRequest",
            ".csi.v1.NodeStageVolumeRequest",
            ".csi.v1.NodeExpandVolumeRequest",
            ".patchbay.broker.v1",
        ])
        .compile_fds(descriptors)?;
    Ok(())
}
