//! Flows: from YAML to a proved graph.
//!
//! `source` reads YAML into spanned trees (the only file that knows YAML), `resolve` turns every name into a place in the [`graph`], `check` proves what can be proved, and
//! every complaint is a `fault` with file, line and what to do. A [`graph::Program`] that exists has no dangling name: after loading nothing is looked up.

pub mod graph;
