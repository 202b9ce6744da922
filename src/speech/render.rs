//! Makes the clips that are missing or whose words, voice or arithmetic changed; leaves all others alone.
//!
//! Several voices speak at once, the manifest is written as clips are done, and a run that was stopped goes on where it was. It never writes over a recording of a person,
//! and deletes nothing but the WAV files that earlier versions made of clips which it has packed.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use dauys_core::flow::graph::ClipSpec;
use dauys_core::lang::Lang;
use dauys_core::media::{Packed, PackedError};
use thiserror::Error;

use super::clips::{self, ClipFault, ClipProblem, Library, Source, file_name, margins, name};
use super::manifest::{Entry, Manifest, hash};
use super::respell::Respelling;
use super::rhvoice::RhVoice;
use super::shelf::Shelf;
use super::sound::{self, Margins, Sound, SoundError};
use super::{SynthesisError, Synthesizer, level, wav};

/// The most phrases that are spoken at once.
const VOICES_MAX: usize = 8;

/// The manifest is written whenever so many clips are done: the most that a run may lose that is stopped.
const CLIPS_BETWEEN_WRITES: usize = 16;

/// A clip is packed so often at most.
const ROUNDS_MAX: usize = 4;

/// Nearer to the loudness of all clips than this is near enough, in dB.
const TOLERANCE_DB: f32 = 0.2;

/// What the manifest calls a person whose name nobody has written there.
const PERSON: &str = "recording";

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Clips that were made.
    pub made: usize,
    /// Clips that were good already.
    pub kept: usize,
    /// Recordings of a person, which are played in the place of clips.
    pub recorded: usize,
    /// Recordings that cannot be read, and clips with more than one.
    pub problems: Vec<ClipProblem>,
    /// Files below `audio/kk` and `audio/ru` that belong to no clip. They are left where they are.
    pub orphans: Vec<String>,
}

/// How far it has come: told after each clip that was made.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Clips made so far.
    pub done: usize,
    /// Clips to be made.
    pub total: usize,
    /// The file that was made, below `audio/`.
    pub file: &'a str,
}

/// Why clips could not be made. Those that were made before it are kept.
#[derive(Debug, Error)]
pub enum RenderError {
    /// The engine gave no sound.
    #[error("audio/{file}: {why}")]
    Synthesis {
        /// The clip.
        file: String,
        /// Why.
        why: SynthesisError,
    },
    /// The engine gave sound that is no speech.
    #[error("audio/{file}: {why}")]
    Sound {
        /// The clip.
        file: String,
        /// Why.
        why: SoundError,
    },
    /// A clip cannot be packed.
    #[error("audio/{file}: {why}")]
    Pack {
        /// The clip.
        file: String,
        /// Why.
        why: PackedError,
    },
    /// A clip's name leads out of `audio/`.
    #[error("{name:?} cannot name a clip: expected parts of letters, digits, `_`, `-` and `.`, joined by `/`")]
    Name {
        /// The name.
        name: String,
    },
    /// `prompts/voice.yaml` cannot be understood.
    #[error("{}: expected a list of {{lang, written, say}}: {why}", path.display())]
    Respelling {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The manifest cannot be understood.
    #[error("{}: {why}; delete it, and all clips are made anew", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Another run is making clips in the same folder.
    #[error("{}: expected to be alone here, found another `dauys render` at work; wait for its end", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Makes what is missing below `root` with RHVoice.
///
/// # Errors
/// When a clip cannot be made; those that were made before it are kept.
pub fn render(root: &Path, clips: &[ClipSpec], progress: impl FnMut(Progress<'_>)) -> Result<Report, RenderError> {
    let engine = RhVoice::new(root.join("audio/.phrases"));
    render_with(&engine, root, clips, progress)
}

/// The same with any engine.
///
/// # Errors
/// When a clip cannot be made; those that were made before it are kept.
pub fn render_with(
    engine: &dyn Synthesizer,
    root: &Path,
    clips: &[ClipSpec],
    progress: impl FnMut(Progress<'_>),
) -> Result<Report, RenderError> {
    let _alone = alone(&root.join("audio"))?;
    let before = Manifest::read(root)?;
    let shelf = Shelf::of(root).map_err(|source| RenderError::File { path: root.join("audio"), source })?;
    let library = Library::new(root, before.clone(), shelf);
    let studio = Studio { engine, root, respelling: Respelling::read(root)?, library };
    let Plan { jobs, recordings, recorded, problems } = studio.plan(clips)?;
    let mut manifest = before.clone();
    manifest.0.extend(recordings);
    let outcome = studio.make_all(&jobs, &mut manifest, progress);
    if outcome.is_ok() {
        let wanted: BTreeSet<String> = clips.iter().map(name).collect();
        manifest.0.retain(|name, _| wanted.contains(name));
    }
    if manifest != before {
        manifest.write(root)?;
    }
    outcome?;
    studio.sweep(clips)?;
    let made = jobs.len();
    let kept = clips.len() - made - recorded;
    Ok(Report { made, kept, recorded, problems, orphans: studio.library.shelf.unused(clips) })
}

/// Holds the folder for this run; the system lets go of it however the run ends.
fn alone(audio: &Path) -> Result<File, RenderError> {
    let failed = |source| RenderError::File { path: audio.to_owned(), source };
    std::fs::create_dir_all(audio).map_err(failed)?;
    let folder = File::open(audio).map_err(failed)?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::WouldBlock) => Err(RenderError::Busy { path: audio.to_owned() }),
        Err(TryLockError::Error(why)) if why.kind() == std::io::ErrorKind::Unsupported => Ok(folder),
        Err(TryLockError::Error(why)) => Err(failed(why)),
    }
}

struct Studio<'a> {
    engine: &'a dyn Synthesizer,
    root: &'a Path,
    respelling: Respelling,
    library: Library<'a>,
}

/// What is to be done.
#[derive(Default)]
struct Plan<'a> {
    jobs: Vec<Job<'a>>,
    /// Recordings that the manifest does not know.
    recordings: Vec<(String, Entry)>,
    recorded: usize,
    problems: Vec<ClipProblem>,
}

/// A clip that is to be made.
struct Job<'a> {
    clip: &'a ClipSpec,
    /// Below `audio/`.
    file: String,
    path: PathBuf,
    /// The words as the voice gets them.
    spoken: String,
}

impl Studio<'_> {
    fn plan<'a>(&self, clips: &'a [ClipSpec]) -> Result<Plan<'a>, RenderError> {
        let mut plan = Plan::default();
        for clip in clips {
            let job = self.job(clip)?;
            let (source, faults) = self.library.find(clip);
            let is_taken = faults
                .iter()
                .any(|problem| matches!(problem.fault, ClipFault::Damaged(_)) && problem.file == format!("audio/{}", job.file));
            plan.problems.extend(faults.into_iter().filter(|problem| problem.fault != ClipFault::Missing));
            match source {
                Source::Recorded { hash, clip: recorded, .. } => {
                    plan.recorded += 1;
                    plan.recordings.extend(self.unknown_recording(&job, hash, recorded.alaw())?.map(|entry| (name(clip), entry)));
                }
                Source::Rendered { file, .. } if file == job.file && self.is_good(&job) => {}
                Source::Nowhere if is_taken => {}
                Source::Rendered { .. } | Source::Nowhere => plan.jobs.push(job),
            }
        }
        Ok(plan)
    }

    fn job<'a>(&self, clip: &'a ClipSpec) -> Result<Job<'a>, RenderError> {
        let path = clips::path(self.root, clip).ok_or_else(|| RenderError::Name { name: clip.name.clone() })?;
        Ok(Job { clip, file: file_name(clip), path, spoken: self.respelling.apply(clip.lang, &clip.text) })
    }

    fn is_good(&self, job: &Job<'_>) -> bool {
        let entry = self.library.entry(job.clip);
        entry.is_some_and(|entry| entry.text == hash(&[job.clip.text.as_bytes()]) && entry.made.as_deref() == Some(&*self.recipe(job)))
    }

    /// The entry of a recording that the manifest does not know. One that it knows keeps its entry: the words it was recorded for, and the name of who speaks.
    fn unknown_recording(&self, job: &Job<'_>, recorded: String, samples: &[u8]) -> Result<Option<Entry>, RenderError> {
        match self.library.entry(job.clip) {
            Some(known) if known.recorded.as_ref() == Some(&recorded) => Ok(None),
            Some(named) if named.knows_recording(&recorded) => Ok(Some(Entry { recorded: Some(recorded), ..named.clone() })),
            Some(_) | None => entry(job, samples, None, Some(recorded), PERSON.to_owned()).map(Some),
        }
    }

    /// All that a clip is made from, as one hash.
    fn recipe(&self, job: &Job<'_>) -> String {
        let Margins { before_ms, after_ms } = margins(job.clip);
        let arithmetic = format!("{} {before_ms} {after_ms}", sound::VERSION);
        hash(&[&job.spoken, &self.engine.voice(job.clip.lang), &arithmetic].map(|part| part.as_bytes()))
    }

    /// Several at once; the manifest knows those that are done, whatever happens to the others.
    fn make_all(&self, jobs: &[Job<'_>], manifest: &mut Manifest, mut progress: impl FnMut(Progress<'_>)) -> Result<(), RenderError> {
        let next = AtomicUsize::new(0);
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(VOICES_MAX).min(jobs.len());
        std::thread::scope(|scope| {
            let (done, results) = mpsc::channel();
            for _ in 0..workers {
                let done = done.clone();
                scope.spawn(|| self.work(jobs, &next, done));
            }
            drop(done);
            let mut first_failure = None;
            let mut made = 0;
            for (at, outcome) in results {
                match outcome {
                    Ok(entry) => {
                        made += 1;
                        manifest.0.insert(name(jobs[at].clip), entry);
                        progress(Progress { done: made, total: jobs.len(), file: &jobs[at].file });
                    }
                    Err(why) if first_failure.as_ref().is_none_or(|(first, _)| at < *first) => first_failure = Some((at, why)),
                    Err(_) => {}
                }
                if made % CLIPS_BETWEEN_WRITES == 0 && made > 0 {
                    manifest.write(self.root)?;
                }
            }
            first_failure.map_or(Ok(()), |(_, why)| Err(why))
        })
    }

    /// Takes one job after another, until there is none, one fails, or nobody listens.
    fn work(&self, jobs: &[Job<'_>], next: &AtomicUsize, done: mpsc::Sender<(usize, Result<Entry, RenderError>)>) {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(at) else { return };
            let outcome = self.make(job);
            if outcome.is_err() {
                next.store(jobs.len(), Ordering::Relaxed);
            }
            if done.send((at, outcome)).is_err() {
                return;
            }
        }
    }

    fn make(&self, job: &Job<'_>) -> Result<Entry, RenderError> {
        let phrase = self.speak(job.clip, &job.spoken)?;
        let failed = |why| RenderError::Sound { file: job.file.clone(), why };
        let speech = sound::telephone_speech(&phrase, margins(job.clip)).map_err(failed)?;
        let packed = packed(&job.file, speech).map_err(|why| RenderError::Pack { file: job.file.clone(), why })?;
        write_whole(&job.path, packed.file())?;
        entry(job, &packed.alaw(), Some(self.recipe(job)), None, self.engine.voice(job.clip.lang))
    }

    /// Deletes what earlier versions made of clips that are packed now.
    fn sweep(&self, clips: &[ClipSpec]) -> Result<(), RenderError> {
        for clip in clips {
            for file in self.library.shelf.files(clip).iter().filter(|file| **file != file_name(clip)) {
                if let Ok(Source::Rendered { .. }) = self.library.open_file(clip, file) {
                    let path = self.root.join("audio").join(file);
                    std::fs::remove_file(&path).map_err(|source| RenderError::File { path, source })?;
                }
            }
        }
        Ok(())
    }

    /// Words that end in a comma or a colon are said as such: with a word after them, which is then cut off. A voice that sees the end of its text lets its pitch fall.
    fn speak(&self, clip: &ClipSpec, spoken: &str) -> Result<Sound, RenderError> {
        let words = spoken.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '«' | '"')).trim_end();
        let say = |text: &str| self.engine.speak(clip.lang, text).map_err(|why| RenderError::Synthesis { file: file_name(clip), why });
        if !words.ends_with([',', ':']) {
            return say(words);
        }
        let carried = say(&format!("{} {}", continuing(words), closing_word(clip.lang)))?;
        sound::before_last_word(&carried).map_err(|why| RenderError::Sound { file: file_name(clip), why })
    }
}

/// Packs speech so that what comes out is as loud as all clips are. Packing keeps speech as loud as it is, but for the highest of ш and ч.
fn packed(file: &str, mut speech: Vec<i16>) -> Result<Packed, PackedError> {
    let mut packed = clips::packed(file, &speech)?;
    for _ in 0..ROUNDS_MAX {
        let lacks_db = sound::measure(&packed.alaw()).map_or(0.0, |(loudness, _)| level::LOUDNESS_LUFS - loudness);
        if lacks_db.abs() < TOLERANCE_DB {
            break;
        }
        sound::turn_up(&mut speech, lacks_db);
        packed = clips::packed(file, &speech)?;
    }
    Ok(packed)
}

/// What the manifest says of a clip.
fn entry(job: &Job<'_>, samples: &[u8], made: Option<String>, recorded: Option<String>, voice: String) -> Result<Entry, RenderError> {
    let tenths = |value: f32| (value * 10.0).round() / 10.0;
    let measured = sound::measure(samples).ok_or_else(|| RenderError::Sound { file: job.file.clone(), why: SoundError::Silence })?;
    Ok(Entry {
        text: hash(&[job.clip.text.as_bytes()]),
        made,
        recorded,
        voice,
        duration_ms: samples.len() as u32 * 1000 / wav::RATE_HZ,
        loudness_lufs: tenths(measured.0),
        true_peak_dbtp: tenths(measured.1),
    })
}

/// A colon is a comma for the voice: after a colon it would begin a new phrase.
fn continuing(words: &str) -> String {
    format!("{},", words.trim_end_matches([',', ':', ' ']))
}

/// Short, and without a silence of its own.
const fn closing_word(lang: Lang) -> &'static str {
    match lang {
        Lang::Kk => "ия.",
        Lang::Ru => "да.",
    }
}

/// Writes a file beside its place and moves it there, so that a reader finds the old one or the new one.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RenderError> {
    let written = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let beside = path.with_extension("part");
        std::fs::write(&beside, bytes)?;
        std::fs::rename(&beside, path)
    };
    written().map_err(|source| RenderError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
