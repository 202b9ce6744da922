//! RHVoice as the program `RHVoice-test`: one phrase a process, plain text.
//!
//! Russian is read by Anna; Kazakh by the Kyrgyz Nazgul, in letters that Kyrgyz has. Given a voice that it does not have, the program takes another and reports success,
//! so the voice's own folder is looked for first.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dauys_core::lang::Lang;

use super::respell::{kazakh_for_kyrgyz, unspeakable};
use super::sound::Sound;
use super::{SynthesisError, Synthesizer};

const PROGRAM: &str = "RHVoice-test";
const VOICES: &str = "/usr/share/RHVoice/voices";
const INSTALL: &str = "Debian packages rhvoice (section contrib), rhvoice-russian and rhvoice-kyrgyz (section non-free); \
    a sources line that has both: deb http://deb.debian.org/debian bookworm main contrib non-free";

/// How long one phrase may take. A long prompt takes a fifth of a second.
const PHRASE_LIMIT: Duration = Duration::from_secs(20);

/// The engine.
pub struct RhVoice {
    program: PathBuf,
    voices: PathBuf,
    scratch: PathBuf,
    /// Numbers the files of phrases that are spoken at once.
    phrases: AtomicUsize,
    phrase_limit: Duration,
}

impl RhVoice {
    /// As Debian installs it. `scratch` is a folder of its own, which is gone with the engine.
    pub fn new(scratch: PathBuf) -> Self {
        Self { program: PROGRAM.into(), voices: VOICES.into(), scratch, phrases: AtomicUsize::new(0), phrase_limit: PHRASE_LIMIT }
    }

    fn check_voice(&self, voice: &'static str) -> Result<(), SynthesisError> {
        let path = self.voices.join(voice).join("voice.info");
        match path.is_file() {
            true => Ok(()),
            false => Err(SynthesisError::VoiceMissing { voice, path, install: INSTALL }),
        }
    }

    fn start(&self, voice: &str, text: &str, file: &Path) -> Result<Child, SynthesisError> {
        Command::new(&self.program)
            .args(["-p", voice, "-o"])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| match why.kind() {
                std::io::ErrorKind::NotFound => {
                    SynthesisError::ProgramMissing { program: self.program.display().to_string(), install: INSTALL }
                }
                _ => failed(text, why),
            })
    }

    /// Gives the phrase and waits for the end of the program. A phrase is far smaller than a pipe, so writing it cannot block.
    fn finish(&self, child: &mut Child, text: &str) -> Result<(), SynthesisError> {
        let mut input = child.stdin.take().ok_or_else(|| failed(text, "no standard input"))?;
        input.write_all(text.as_bytes()).and_then(|()| input.write_all(b"\n")).map_err(|why| failed(text, why))?;
        drop(input);
        let deadline = Instant::now() + self.phrase_limit;
        loop {
            match child.try_wait().map_err(|why| failed(text, why))? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(failed(text, format!("{} ended with {status}", self.program.display()))),
                None if Instant::now() >= deadline => {
                    return Err(SynthesisError::TimedOut { limit: self.phrase_limit, text: text.to_owned() });
                }
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }
}

impl Synthesizer for RhVoice {
    fn voice(&self, lang: Lang) -> String {
        format!("RHVoice {}", voice(lang))
    }

    fn speak(&self, lang: Lang, text: &str) -> Result<Sound, SynthesisError> {
        let text = letters(lang, text);
        if let Some(found) = unspeakable(&text) {
            return Err(SynthesisError::Unspeakable { text, found });
        }
        self.check_voice(voice(lang))?;
        std::fs::create_dir_all(&self.scratch).map_err(|why| failed(&text, why))?;
        let file = self.scratch.join(format!("{}.wav", self.phrases.fetch_add(1, Ordering::Relaxed)));
        let _ = std::fs::remove_file(&file); // one that a stopped run left must not be taken for this phrase's
        let mut child = self.start(voice(lang), &text, &file)?;
        let ended = self.finish(&mut child, &text);
        if ended.is_err() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let sound = ended.and_then(|()| pcm(&file).map_err(|why| failed(&text, why)));
        let _ = std::fs::remove_file(&file);
        sound
    }
}

impl Drop for RhVoice {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

const fn voice(lang: Lang) -> &'static str {
    match lang {
        Lang::Kk => "nazgul",
        Lang::Ru => "anna",
    }
}

fn letters(lang: Lang, text: &str) -> String {
    match lang {
        Lang::Kk => kazakh_for_kyrgyz(text),
        Lang::Ru => text.to_owned(),
    }
}

fn failed(text: &str, why: impl ToString) -> SynthesisError {
    SynthesisError::Failed { text: text.to_owned(), why: why.to_string() }
}

fn pcm(path: &Path) -> Result<Sound, hound::Error> {
    let mut reader = hound::WavReader::open(path)?;
    let rate_hz = reader.spec().sample_rate;
    let samples: Result<Vec<f32>, _> = reader.samples::<i16>().map(|sample| sample.map(|value| f32::from(value) / 32768.0)).collect();
    Ok(Sound { rate_hz, samples: samples? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(program: &str, folder: &Path) -> RhVoice {
        std::fs::create_dir_all(folder.join("anna")).unwrap();
        std::fs::write(folder.join("anna/voice.info"), "name=Anna").unwrap();
        let phrase_limit = Duration::from_millis(50);
        RhVoice {
            program: program.into(),
            voices: folder.into(),
            scratch: folder.join("phrases"),
            phrases: AtomicUsize::new(0),
            phrase_limit,
        }
    }

    /// Written by another process: a file that this one has open for writing, while some other test forks, could not be run.
    fn script(folder: &Path, body: &str) -> String {
        let path = folder.join("voice.sh").display().to_string();
        let write = r#"printf '#!/bin/sh\n%s\n' "$1" > "$2" && chmod +x "$2""#;
        assert!(Command::new("sh").args(["-c", write, "sh", body, &path]).status().unwrap().success());
        path
    }

    #[test]
    fn a_missing_program_and_a_missing_voice_say_what_to_install() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine("no-such-program", folder.path());
        let program = engine.speak(Lang::Ru, "да").unwrap_err().to_string();
        let voice = engine.speak(Lang::Kk, "иә").unwrap_err().to_string();
        assert!(program.contains("no-such-program") && program.contains("rhvoice-russian"), "{program}");
        assert!(voice.contains("nazgul") && voice.contains("rhvoice-kyrgyz"), "{voice}");
    }

    #[test]
    fn a_program_that_hangs_fails_or_says_nothing_is_an_error() {
        for (body, word) in [
            ("exec sleep 30", "stopped"),
            ("cat >/dev/null; exit 3", "exit status: 3"),
            ("cat >/dev/null", "No such file"),
            ("cat > \"$4\"", "no sound"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let program = script(folder.path(), body);
            let mut engine = engine(&program, folder.path());
            engine.phrase_limit = if word == "stopped" { Duration::from_millis(50) } else { Duration::from_secs(10) };
            let why = engine.speak(Lang::Ru, "да").unwrap_err().to_string();
            assert!(why.contains(word), "{body}: {why}");
        }
    }

    #[test]
    fn what_is_not_written_as_words_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let why = engine("no-such-program", folder.path()).speak(Lang::Ru, "в 9 часов").unwrap_err();
        assert!(matches!(why, SynthesisError::Unspeakable { found: '9', .. }));
    }
}
