//! What it costs to pack clips: the table of docs/voices.md.

#![allow(clippy::print_stdout, reason = "its figures are for people")]

use dauys::bundle;
use dauys::speech::Synthesizer;
use dauys::speech::clips::BITRATE_BPS;
use dauys::speech::rhvoice::RhVoice;
use dauys::speech::sound::{Margins, telephone_speech};
use dauys_core::media::pack;
use realfft::RealFftPlanner;

/// Prompts that are measured.
const CLIPS: usize = 50;
/// Samples of a frame whose noise, or whose spectrum, is compared.
const FRAME: usize = 256;
/// Frames that are quieter are pauses, in the square of 16 bits.
const PAUSE: f64 = 1e4;

/// Measures and judges little: more bits lose less.
#[test]
#[ignore = "needs RHVoice, and prints figures"]
fn what_packing_costs() {
    let spoken = spoken();
    let samples: usize = spoken.iter().map(Vec::len).sum();
    println!("{} clips, {} s; the clips are packed at {BITRATE_BPS} bit/s", spoken.len(), samples / 8000);
    println!("| | kbit/s with its headers | segmental SNR, dB | log-spectral distance, dB |\n|---|---|---|---|");
    let row = |name: &str, bytes: usize, heard: &[Vec<i16>]| {
        let snr = mean(spoken.iter().zip(heard).flat_map(|(spoken, heard)| snrs(spoken, heard)));
        let distance = mean(spoken.iter().zip(heard).flat_map(|(spoken, heard)| distances(spoken, heard)));
        println!("| {name} | {:.1} | {snr:.1} | {distance:.1} |", bytes as f64 * 8.0 / (samples as f64 / 8000.0) / 1000.0);
        snr
    };
    let as_alaw = |samples: Vec<i16>| samples.into_iter().map(through_alaw).collect::<Vec<_>>();
    let best = row("A-law WAV", samples + spoken.len() * 58, &spoken.iter().cloned().map(as_alaw).collect::<Vec<_>>());
    let snrs = [16_000, 20_000, 24_000, 32_000].map(|bitrate_bps| {
        let packed: Vec<_> =
            spoken.iter().map(|clip| pack(clip, bitrate_bps, |_| "dauys render 0123456789abcdef".to_owned()).unwrap()).collect();
        let bytes = packed.iter().map(|packed| packed.file().len()).sum();
        row(
            &format!("Opus, {} kbit/s", bitrate_bps / 1000),
            bytes,
            &packed.iter().map(|packed| as_alaw(packed.linear())).collect::<Vec<_>>(),
        )
    });
    assert!(snrs.is_sorted() && snrs[0] > 15.0 && snrs[3] < best, "{snrs:?}, {best}");
}

/// Prompts of both languages, as the voices say them, at 8 kHz.
fn spoken() -> Vec<Vec<i16>> {
    let scratch = tempfile::tempdir().unwrap();
    let engine = RhVoice::new(scratch.path().join("phrases"));
    let program = bundle::program(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let prompts: Vec<_> = program.clips.iter().filter(|clip| clip.name.starts_with("prompts/") && clip.text.ends_with('.')).collect();
    let say =
        |clip: &&dauys_core::flow::graph::ClipSpec| telephone_speech(&engine.speak(clip.lang, &clip.text).ok()?, Margins::SENTENCE).ok();
    let spoken: Vec<_> = prompts.iter().step_by(prompts.len() / CLIPS - 1).filter_map(say).take(CLIPS).collect();
    assert_eq!(spoken.len(), CLIPS);
    spoken
}

fn through_alaw(sample: i16) -> i16 {
    audio_codec_algorithms::decode_alaw(audio_codec_algorithms::encode_alaw(sample))
}

/// The frames in which something is said, beside what is heard of them.
fn frames<'a>(spoken: &'a [i16], heard: &'a [i16]) -> impl Iterator<Item = (&'a [i16], &'a [i16])> {
    spoken
        .chunks_exact(FRAME)
        .zip(heard.chunks_exact(FRAME))
        .filter(|(spoken, _)| power(spoken.iter().map(|sample| f64::from(*sample))) > PAUSE)
}

fn snrs(spoken: &[i16], heard: &[i16]) -> Vec<f64> {
    let snr = |(spoken, heard): (&[i16], &[i16])| {
        let noise = spoken.iter().zip(heard).map(|(spoken, heard)| f64::from(*spoken) - f64::from(*heard));
        10.0 * (power(spoken.iter().map(|sample| f64::from(*sample))) / power(noise).max(1.0)).log10()
    };
    frames(spoken, heard).map(snr).collect()
}

/// Of the spectra from 250 to 3500 Hz.
fn distances(spoken: &[i16], heard: &[i16]) -> Vec<f64> {
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(FRAME);
    let spectrum = |frame: &[i16]| {
        let hann = |at: usize| 0.5 - 0.5 * (std::f64::consts::TAU * at as f64 / FRAME as f64).cos();
        let mut windowed: Vec<f64> = frame.iter().enumerate().map(|(at, sample)| f64::from(*sample) * hann(at)).collect();
        let mut bins = transform.make_output_vec();
        transform.process(&mut windowed, &mut bins).unwrap();
        bins[8..112].iter().map(|bin| 10.0 * (bin.norm_sqr() + PAUSE).log10()).collect::<Vec<_>>()
    };
    let distance = |(spoken, heard)| {
        let apart = spectrum(spoken).into_iter().zip(spectrum(heard)).map(|(spoken, heard)| spoken - heard);
        power(apart).sqrt()
    };
    frames(spoken, heard).map(distance).collect()
}

fn power(values: impl Iterator<Item = f64>) -> f64 {
    mean(values.map(|value| value * value))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, number) = values.fold((0.0, 0.0), |(sum, number), value| (sum + value, number + 1.0));
    sum / f64::max(number, 1.0)
}
