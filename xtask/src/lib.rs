//! Generated files, the image, and the checks on the tree itself.
