//! The program as people run it. See `cases/README.md`.

mod cases;
mod hostile;
mod seeds;
