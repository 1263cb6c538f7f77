# The image with all three programs, for people with Docker. `cargo xtask image` makes the same without it.
# Each pod names its program: /patchbay-webhook, /patchbay-csi-driver or /patchbay-reconciler.

# rust-toolchain.toml names the same version.
FROM rust:1.95.0-bookworm AS build
WORKDIR /src
COPY . .
# Naming the target keeps the flag away from build scripts and procedural macros, which cannot be static.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    target="$(rustc -vV | sed -n 's/^host: //p')" && \
    RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --target "$target" \
      --package patchbay-webhook --package patchbay-csi-driver --package patchbay-reconciler && \
    mkdir -p /image/etc && \
    cp "target/$target/release/patchbay-webhook" "target/$target/release/patchbay-csi-driver" \
       "target/$target/release/patchbay-reconciler" /image/ && \
    printf 'root:x:0:0:root:/:/none\nnonroot:x:65532:65532:nonroot:/:/none\n' > /image/etc/passwd && \
    printf 'root:x:0:\nnonroot:x:65532:\n' > /image/etc/group

FROM scratch
COPY --from=build /image/etc /etc
COPY --from=build /image/patchbay-webhook /patchbay-webhook
COPY --from=build /image/patchbay-csi-driver /patchbay-csi-driver
COPY --from=build /image/patchbay-reconciler /patchbay-reconciler
LABEL org.opencontainers.image.title="patchbay" org.opencontainers.image.licenses="Apache-2.0"
# The webhook and the reconciler run as this user. The driver's pod says 0, for it mounts.
USER 65532:65532
