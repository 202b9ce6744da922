//! The corpora of the fuzz targets, replayed: what a fuzzer starts from, and what one found once.

use std::path::{Path, PathBuf};

use dauys::fuzz;

/// Whether what was promised of these bytes held.
type Target = fn(&[u8]) -> bool;

#[test]
fn the_corpora_hold() {
    let targets: [(&str, Target); 5] =
        [("guard", fuzz::guard), ("sdp", fuzz::sdp), ("rtp", fuzz::rtp), ("rtcp", fuzz::rtcp), ("yaml", fuzz::yaml)];
    for (target, body) in targets {
        let seeds = files(&fuzz_folder().join("corpus").join(target));
        assert!(seeds.len() >= 10, "{target} has {} seeds", seeds.len());
        for seed in seeds {
            let bytes = std::fs::read(&seed).unwrap();
            assert!(body(&bytes), "{}", seed.display());
            // Every way to cut it short, and every byte flipped, is a seed too.
            for at in 0..bytes.len().min(600) {
                assert!(target == "yaml" || body(&bytes[..at]), "{} cut at {at}", seed.display());
                let mut flipped = bytes.clone();
                flipped[at] ^= 0x20 | (at % 7) as u8;
                assert!(target == "yaml" || body(&flipped), "{} flipped at {at}", seed.display());
            }
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_a_body() {
    let targets: Vec<_> = files(&fuzz_folder().join("fuzz_targets")).iter().map(|path| path.file_stem().unwrap().to_owned()).collect();
    assert_eq!(targets, ["guard", "rtcp", "rtp", "sdp", "yaml"]);
    for target in targets {
        let target = target.to_str().unwrap();
        let source = std::fs::read_to_string(fuzz_folder().join("fuzz_targets").join(format!("{target}.rs"))).unwrap();
        assert!(source.contains(&format!("dauys::fuzz::{target}(bytes)")), "{target}");
    }
}

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
