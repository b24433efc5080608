//! Tests of the platform against the simulated store.
