//! A bundle of CA certificates, as sets: order, comments and duplicates in the PEM text do not count.
