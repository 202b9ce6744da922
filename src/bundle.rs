//! What a call runs on: the flows and prompts below a root, compiled, with their clips.
//!
//! Reads files and nothing else: what the YAML means and whether it is sound is the core's, what a clip is the voice's. A bundle that was kept for a replay comes back
//! without its audio, with the lengths of its clips; one that was published comes back whole.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dauys_core::calendar::{self, Date};
use dauys_core::flow::fact::Facts;
use dauys_core::flow::fault::{Fault, Severity};
use dauys_core::flow::graph::{ClipSpec, Program};
use dauys_core::flow::{self, Loaded, Sources, Words};
use dauys_core::media::{Clip, Clips, FRAME};
use dauys_core::spoken;
use dauys_core::utterance::ClipId;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::files;
use crate::speech::clips::{self, ClipProblem, load_clips};

/// The most bytes of one YAML file.
pub const FILE_BYTES_MAX: u64 = 1 << 20;
/// The most YAML files of a bundle.
pub const FILES_MAX: usize = 200;
/// The most bytes of all of them together.
pub const BYTES_MAX: usize = 16 << 20;
/// How deep folders may lie in each other.
const DEPTH_MAX: usize = 8;
/// How to say what voices get wrong: the renderer's, no prompts.
const VOICE: &str = "prompts/voice.yaml";
/// Among the kept files: clip → its length in ticks, as JSON.
const LENGTHS: &str = "audio/lengths.json";
/// Among the kept files: clip → SHA-256 of its bytes in hexadecimal, as JSON; a clip that was not there is not named.
const CLIPS: &str = "audio/clips.json";

/// Files by their path from the root, with `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Everything that a call needs.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The proved flows.
    pub program: Arc<Program>,
    /// The clips they name.
    pub clips: Arc<Clips>,
    /// What its answers rest on.
    pub facts: Facts,
    /// What a replay needs, to be kept as long as an event log names the bundle: the YAML, and the lengths and hashes of the clips.
    pub files: Files,
    /// What is wrong with clips; such a bundle can take calls, and its operators should hear of it.
    pub problems: Vec<ClipProblem>,
}

impl Bundle {
    /// The bytes of its clips, as they are kept, in the order of the program's; those that are not there are left out.
    pub fn recorded(&self) -> impl Iterator<Item = &[u8]> {
        let ids = (0..).map(ClipId).take(self.program.clips.len());
        ids.filter_map(|id| self.clips.get(id)).map(Clip::bytes).filter(|bytes| !bytes.is_empty())
    }

    /// The facts that hold no longer on a day: no reason to stop answering, and every reason not to publish.
    pub fn outdated(&self, today: Date) -> Vec<Fault> {
        let mut faults = self.facts.on(today);
        faults.retain(|fault| fault.severity() == Severity::Error);
        faults
    }
}

/// A bundle as a replay needs it: no audio.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The proved flows.
    pub program: Arc<Program>,
    /// How long each clip was, in ticks, in the order of the program's clips; 0 for one that was not there.
    pub lengths: Vec<u64>,
}

/// Why the files cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The root is no root.
    #[error("{}: expected a folder that holds flows/, found none; name the right one with --root", root.display())]
    NoFlows {
        /// What was taken for the root.
        root: PathBuf,
    },
    /// A file or folder that the system does not give.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// More than a file may hold.
    #[error("{}: expected at most {FILE_BYTES_MAX} bytes; split it", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// More files than a bundle may have.
    #[error("{}: expected at most {FILES_MAX} files below flows/ and prompts/; is it the right folder?", root.display())]
    TooMany {
        /// The root.
        root: PathBuf,
    },
    /// More text than a bundle may have.
    #[error("{}: expected at most {BYTES_MAX} bytes below flows/ and prompts/ together; is it the right folder?", root.display())]
    TooMuch {
        /// The root.
        root: PathBuf,
    },
    /// Folders in folders, or a link that leads to where it stands.
    #[error("{}: expected folders at most {DEPTH_MAX} deep", path.display())]
    TooDeep {
        /// Where it went too far.
        path: PathBuf,
    },
    /// A link that leads out of the root: what it leads to is no part of the bundle.
    #[error("{}: expected a file below the root, found a link to {}; copy the file here", path.display(), target.display())]
    Outside {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A pipe, a socket or a device.
    #[error("{}: expected a file or a folder", path.display())]
    NoFile {
        /// Which.
        path: PathBuf,
    },
    /// It would be passed over, and nobody would see why.
    #[error("{}: expected the ending .yaml; rename it", path.display())]
    Ending {
        /// Which.
        path: PathBuf,
    },
    /// Bytes that are no UTF-8.
    #[error("{}: expected UTF-8, found another encoding from byte {from} on; save it as UTF-8", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
        /// The first wrong byte, from 0.
        from: usize,
    },
}

impl ReadError {
    /// Which file or folder it is about.
    pub fn file(&self) -> &Path {
        match self {
            Self::NoFlows { root: path } | Self::TooMany { root: path } | Self::TooMuch { root: path } => path,
            Self::File { path, .. }
            | Self::TooLarge { path }
            | Self::TooDeep { path }
            | Self::Outside { path, .. }
            | Self::NoFile { path }
            | Self::Ending { path }
            | Self::NotText { path, .. } => path,
        }
    }
}

/// Why there is no bundle.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The files cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The flows are not sound.
    #[error("the flows have faults ({}), see `dauys check`; the first is {}", faults.len(), first(sources, faults))]
    Faults {
        /// What they are faults of.
        sources: Sources,
        /// Errors and warnings, by file and line.
        faults: Vec<Fault>,
    },
    /// The lengths of a kept bundle's clips cannot be understood.
    #[error("{LENGTHS}: expected the lengths of clips in ticks: {0}")]
    Lengths(String),
    /// The clips of a kept bundle are not there.
    #[error("{CLIPS}: expected a clip for all words of the flows: {0}; publish them again")]
    Clips(String),
}

/// All `*.yaml` below `flows/` and `prompts/` of the root, but for the renderer's. Names that begin with a dot are passed over. Blocks on the disk.
///
/// # Errors
/// When there is no `flows/`, a file cannot be read, leads out of the root or is no UTF-8, or there is more than a bundle may hold.
pub fn read(root: &Path) -> Result<Sources, ReadError> {
    let home = root.canonicalize().ok().filter(|home| home.join("flows").is_dir());
    let home = home.ok_or_else(|| ReadError::NoFlows { root: root.to_owned() })?;
    let mut reader = Reader { home, sources: Sources::default(), bytes: 0 };
    reader.folder("flows", 1)?;
    if reader.home.join("prompts").exists() {
        reader.folder("prompts", 1)?;
    }
    Ok(reader.sources)
}

/// The day in Kazakhstan.
pub fn today() -> Date {
    calendar::local(jiff::Timestamp::now().as_millisecond()).0
}

/// The flows with the words that values are spoken with, and all their faults.
pub fn compile(sources: &Sources) -> Loaded {
    flow::load(sources, &Words::each(spoken::inventory))
}

/// The program below a root, without its clips: for what only reads flows.
///
/// # Errors
/// Why it cannot be read, or every fault.
pub fn program(root: &Path) -> Result<Arc<Program>, LoadError> {
    Ok(sound(&read(root)?)?.0)
}

/// The bundle below a root. Blocks on the disk. Missing and stale clips do not keep it from loading.
///
/// # Errors
/// When the files cannot be read, or the flows have an error.
pub fn load(root: &Path) -> Result<Bundle, LoadError> {
    let sources = read(root)?;
    let (program, facts) = sound(&sources)?;
    let (clips, problems) = load_clips(root, &program.clips);
    let mut files: Files = sources.files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
    files.insert(LENGTHS.to_owned(), write_lengths(&program.clips, &clips));
    files.insert(CLIPS.to_owned(), write_hashes(&program.clips, &clips));
    Ok(Bundle { program, clips: Arc::new(Clips::new(clips)), facts, files, problems })
}

/// A bundle that was published, from its `files` and from where its clips are kept, by their hash.
///
/// # Errors
/// When this version finds an error in the flows, or a clip is not there.
pub fn published<E: Display>(files: Files, clip: impl Fn(&str) -> Result<Vec<u8>, E>) -> Result<Bundle, LoadError> {
    let (program, facts) = sound(&sources_of(&files)?)?;
    let named = files.get(CLIPS).map_or(&[][..], Vec::as_slice);
    let named: BTreeMap<String, String> = serde_json::from_slice(named).map_err(|why| LoadError::Clips(why.to_string()))?;
    let clip = |spec: &ClipSpec| {
        let hash = named.get(&clip_key(spec)).ok_or_else(|| LoadError::Clips(format!("none of {}", clip_key(spec))))?;
        clip(hash).map(clips::kept).map_err(|why| LoadError::Clips(why.to_string()))
    };
    let clips = program.clips.iter().map(clip).collect::<Result<_, _>>()?;
    Ok(Bundle { program, clips: Arc::new(Clips::new(clips)), facts, files, problems: Vec::new() })
}

/// A kept bundle, from the `files` of one that was loaded.
///
/// # Errors
/// When this version finds an error in the flows, or the lengths cannot be understood.
pub fn from_files(files: &Files) -> Result<Kept, LoadError> {
    let (program, _) = sound(&sources_of(files)?)?;
    let lengths = read_lengths(&program.clips, files.get(LENGTHS).map_or(&[], Vec::as_slice))?;
    Ok(Kept { program, lengths })
}

/// The YAML among kept files.
pub(crate) fn sources_of(files: &Files) -> Result<Sources, ReadError> {
    let mut sources = Sources::default();
    for (path, bytes) in files.iter().filter(|(path, _)| ![LENGTHS, CLIPS].contains(&path.as_str())) {
        sources.files.insert(path.clone(), text(Path::new(path), bytes.clone())?);
    }
    Ok(sources)
}

fn sound(sources: &Sources) -> Result<(Arc<Program>, Facts), LoadError> {
    let loaded = compile(sources);
    let program = loaded.program.ok_or_else(|| LoadError::Faults { sources: sources.clone(), faults: loaded.faults })?;
    Ok((Arc::new(program), loaded.facts))
}

fn first(sources: &Sources, faults: &[Fault]) -> String {
    faults.first().map_or_else(String::new, |fault| fault.to_plain(sources).trim_end().to_owned())
}

fn write_lengths(specs: &[ClipSpec], clips: &[Clip]) -> Vec<u8> {
    let lengths = specs.iter().zip(clips).map(|(spec, clip)| (clip_key(spec), clip.samples().div_ceil(FRAME).into()));
    serde_json::Value::Object(lengths.collect()).to_string().into_bytes()
}

/// A clip that the file does not name was not there when the bundle was kept, and plays as one that is missing.
fn read_lengths(specs: &[ClipSpec], json: &[u8]) -> Result<Vec<u64>, LoadError> {
    let known: BTreeMap<String, u64> = serde_json::from_slice(json).map_err(|why| LoadError::Lengths(why.to_string()))?;
    Ok(specs.iter().map(|spec| known.get(&clip_key(spec)).copied().unwrap_or(0)).collect())
}

fn write_hashes(specs: &[ClipSpec], clips: &[Clip]) -> Vec<u8> {
    let there = specs.iter().zip(clips.iter().map(Clip::bytes)).filter(|(_, bytes)| !bytes.is_empty());
    let hashes = there.map(|(spec, bytes)| (clip_key(spec), hex(&Sha256::digest(bytes)).into()));
    serde_json::Value::Object(hashes.collect()).to_string().into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn clip_key(spec: &ClipSpec) -> String {
    format!("{}/{}", spec.lang, spec.name)
}

/// A walk through the folders.
struct Reader {
    home: PathBuf,
    sources: Sources,
    bytes: usize,
}

impl Reader {
    fn folder(&mut self, name: &str, depth: usize) -> Result<(), ReadError> {
        let path = self.inside(name)?;
        if depth > DEPTH_MAX {
            return Err(ReadError::TooDeep { path });
        }
        let entries = fs::read_dir(&path).map_err(at(&path))?;
        for entry in entries {
            let entry = entry.map_err(at(&path))?;
            if !is_hidden(&entry) {
                self.entry(&format!("{name}/{}", entry.file_name().to_string_lossy()), depth)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, name: &str, depth: usize) -> Result<(), ReadError> {
        let path = self.inside(name)?;
        let kind = fs::metadata(&path).map_err(at(&path))?;
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            _ if kind.is_dir() => self.folder(name, depth + 1),
            Some("yaml") if !kind.is_file() => Err(ReadError::NoFile { path }), // opening a pipe would wait for ever
            Some("yaml") if name != VOICE => self.file(name, &path),
            Some("yml") => Err(ReadError::Ending { path }),
            Some(_) | None => Ok(()),
        }
    }

    fn file(&mut self, name: &str, path: &Path) -> Result<(), ReadError> {
        if self.sources.files.len() == FILES_MAX {
            return Err(ReadError::TooMany { root: self.home.clone() });
        }
        let bytes = match files::read(path, FILE_BYTES_MAX) {
            Err(long) if long.kind() == ErrorKind::FileTooLarge => return Err(ReadError::TooLarge { path: path.to_owned() }),
            read => read.map_err(at(path))?,
        };
        self.bytes += bytes.len();
        if self.bytes > BYTES_MAX {
            return Err(ReadError::TooMuch { root: self.home.clone() });
        }
        self.sources.files.insert(name.to_owned(), text(path, bytes)?);
        Ok(())
    }

    /// The path of a name, unless a link takes it out of the root.
    fn inside(&self, name: &str) -> Result<PathBuf, ReadError> {
        let path = self.home.join(name);
        let target = path.canonicalize().map_err(at(&path))?;
        if target.starts_with(&self.home) { Ok(path) } else { Err(ReadError::Outside { path, target }) }
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|why| ReadError::NotText { path: path.to_owned(), from: why.utf8_error().valid_up_to() })
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ReadError {
    let path = path.to_owned();
    move |source| ReadError::File { path, source }
}
