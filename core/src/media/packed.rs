//! A clip in its file: narrow-band Opus in Ogg (RFC 6716, RFC 7845).
//!
//! Opening a file checks every page and counts every packet, and decodes nothing. It takes any bytes, and reads no file itself.

use std::sync::Arc;

use opus_pure::{
    Application, Bandwidth, MAX_PACKET_BYTES, OggOpusReader, OggOpusWriter, OpusDecoder, OpusEncoder, OpusHead, OpusTags, Signal, Trim,
    packet,
};
use thiserror::Error;

use super::codec::g711::alaw;

/// Samples a second.
const RATE_HZ: i32 = 8000;
/// The longest sound of a file, in samples: two minutes.
const SAMPLES_MAX: usize = 120 * RATE_HZ as usize;
/// Of 0 to 10: a clip is packed once.
const COMPLEXITY: i32 = 10;
/// Samples of a packet: 60 ms, the longest frame that is one of speech.
const FRAME: usize = 480;
/// Samples of the longest packet that anybody may have made: 120 ms.
const PACKET_MAX: usize = 960;
/// Positions in Ogg are counted at 48 kHz.
const GRANULES: usize = 6;
/// The number of a file's only stream. The library would draw one from the clock.
const SERIAL: u32 = 1414;
/// Audio pages are as long as they can be: nobody looks for a place in a clip.
const PAGE_BYTES: usize = 255 * 255;
/// What made a file, among its comments.
const ENCODER: &str = "ENCODER";

/// Why bytes are no packed clip.
#[derive(Debug, Error)]
pub enum PackedError {
    /// The library does not take it.
    #[error("not a sound Ogg Opus file: {0}")]
    Opus(#[from] opus_pure::Error),
    /// It has more than two channels.
    #[error("expected Opus of 1 or 2 channels, came {0}")]
    Channels(u8),
    /// Its last page is not there.
    #[error("expected more bytes: the Ogg file is cut short")]
    CutShort,
    /// There is no sound in it.
    #[error("expected Opus with sound")]
    NoSound,
    /// It is longer than a clip may be.
    #[error("expected at most {} s", SAMPLES_MAX / RATE_HZ as usize)]
    TooLong,
}

/// A clip as its file has it.
#[derive(Clone, Debug)]
pub struct Packed {
    file: Arc<[u8]>,
    /// Where the audio pages begin.
    sound_at: usize,
    samples: usize,
    made_by: Option<String>,
}

impl Packed {
    /// How a file of this kind begins.
    pub const MAGIC: &[u8] = b"OggS";

    /// A file, checked: all its pages are there and as they were written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(file: Arc<[u8]>) -> Result<Self, PackedError> {
        let mut reader = OggOpusReader::new(&file[..])?;
        if reader.head().mapping_family != 0 {
            return Err(PackedError::Channels(reader.head().channel_count));
        }
        let sound_at = file.len() - reader.get_ref().len();
        let made_by = reader.tags().get(ENCODER).map(str::to_owned);
        let mut trim = Trim::new(reader.head(), RATE_HZ, 1)?;
        let mut is_whole = false;
        for packet in reader.packets() {
            let packet = packet?;
            trim.keep_range(&packet, packet::samples(&packet.data, RATE_HZ)?);
            is_whole = packet.end_of_stream;
            if trim.samples_emitted() > SAMPLES_MAX as u64 {
                return Err(PackedError::TooLong);
            }
        }
        match (is_whole, trim.samples_emitted() as usize) {
            (false, _) => Err(PackedError::CutShort),
            (true, 0) => Err(PackedError::NoSound),
            (true, samples) => Ok(Self { file, sound_at, samples, made_by }),
        }
    }

    /// The file.
    pub fn file(&self) -> &[u8] {
        &self.file
    }

    /// How many samples it has, at 8 kHz.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// What made it, as [`pack`] was told.
    pub fn made_by(&self) -> Option<&str> {
        self.made_by.as_deref()
    }

    /// The part of the file that is heard: all but the headers.
    pub fn sound(&self) -> &[u8] {
        &self.file[self.sound_at..]
    }

    /// Its samples, 16 bits at 8 kHz, two channels mixed to one. A packet that is no Opus is silence, as long as it says.
    pub fn linear(&self) -> Vec<i16> {
        let mut linear = Vec::with_capacity(self.samples);
        let _ = self.decode(&mut linear); // it was opened: what fails now is memory
        linear.resize(self.samples, 0);
        linear
    }

    /// Its samples, A-law.
    pub fn alaw(&self) -> Box<[u8]> {
        self.linear().into_iter().map(alaw).collect()
    }

    fn decode(&self, linear: &mut Vec<i16>) -> Result<(), opus_pure::Error> {
        let mut reader = OggOpusReader::new(&self.file[..])?;
        let mut decoder = OpusDecoder::new(RATE_HZ, 1)?;
        decoder.gain_q8 = reader.head().output_gain_q8.into();
        let mut trim = Trim::new(reader.head(), RATE_HZ, 1)?;
        let mut block = [0; PACKET_MAX];
        for packet in reader.packets() {
            let packet = packet?;
            let voice = &mut block[..packet::samples(&packet.data, RATE_HZ)?];
            if decoder.decode_s16(&packet.data, voice.len(), voice).is_err() {
                voice.fill(0);
            }
            linear.extend_from_slice(trim.keep(&packet, voice));
        }
        Ok(())
    }
}

/// The file of a clip with these samples, 16 bits at 8 kHz, as many as come out of it again. `made_by` is given the file without its comments; what it says of the sound is
/// written beside it. The same samples give the same bytes.
///
/// # Errors
/// When the library cannot, which no samples bring about.
pub fn pack(linear: &[i16], bitrate_bps: i32, made_by: impl FnOnce(&Packed) -> String) -> Result<Packed, PackedError> {
    let voice = Encoded::new(linear, bitrate_bps)?;
    let mut tags = OpusTags::new();
    let made_by = made_by(&Packed::open(voice.in_ogg(&tags)?.into())?);
    tags.push(ENCODER, &made_by)?;
    Packed::open(voice.in_ogg(&tags)?.into())
}

/// The packets of a clip.
struct Encoded {
    head: OpusHead,
    packets: Vec<Vec<u8>>,
    /// Where the last sample is, in Ogg's count.
    end: usize,
}

impl Encoded {
    fn new(linear: &[i16], bitrate_bps: i32) -> Result<Self, opus_pure::Error> {
        // What we say needs no cleaning: `Voip` would filter the deep of every voice away.
        let mut encoder = OpusEncoder::new(RATE_HZ, 1, Application::Audio)?;
        encoder.bitrate_bps = bitrate_bps;
        encoder.complexity = COMPLEXITY;
        encoder.force_bandwidth = Some(Bandwidth::Narrowband);
        encoder.signal_type = Some(Signal::Voice);
        let head = OpusHead::for_encoder(&encoder, RATE_HZ as u32);
        let delay = usize::from(head.pre_skip).div_ceil(GRANULES);
        let padded = [linear, &vec![0; (linear.len() + delay).next_multiple_of(FRAME) - linear.len()]].concat();
        let mut space = [0; MAX_PACKET_BYTES];
        let packet = |frame: &[i16]| encoder.encode_s16(frame, FRAME, &mut space).map(|length| space[..length].to_vec());
        let packets = padded.chunks_exact(FRAME).map(packet).collect::<Result<_, _>>()?;
        Ok(Self { end: usize::from(head.pre_skip) + linear.len() * GRANULES, head, packets })
    }

    fn in_ogg(&self, tags: &OpusTags) -> Result<Vec<u8>, opus_pure::Error> {
        let mut writer = OggOpusWriter::with_serial(Vec::new(), self.head.clone(), tags.clone(), SERIAL)?;
        writer.set_page_target(PAGE_BYTES);
        for (nth, packet) in (1..).zip(&self.packets) {
            let so_far = (nth * FRAME * GRANULES).min(self.end) - ((nth - 1) * FRAME * GRANULES).min(self.end);
            writer.write_packet_with_duration(packet, so_far as u32)?;
        }
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something like a voice, in `samples` samples.
    fn voice(samples: usize) -> Vec<i16> {
        let sample = |at: usize| {
            let (at, swell) = (at as f32 / 8000.0, (at as f32 / 900.0).sin());
            8000.0 * swell * (1..5).map(|n| (std::f32::consts::TAU * 140.0 * n as f32 * at).sin() / n as f32).sum::<f32>()
        };
        (0..samples).map(|at| sample(at) as i16).collect()
    }

    fn packed_by(name: &str, samples: usize) -> Result<Packed, PackedError> {
        pack(&voice(samples), 24_000, |_| name.to_owned())
    }

    fn packed(samples: usize) -> Packed {
        packed_by("a test", samples).unwrap()
    }

    #[test]
    fn what_is_packed_comes_out_as_long_and_all_but_the_same() {
        for samples in [1, 79, 160, 428, 429, 480, 481, 1600, 8000, 40_001] {
            let (before, packed) = (voice(samples), packed(samples));
            let after = packed.linear();
            assert_eq!((packed.samples(), after.len()), (samples, samples));
            if samples > 1000 {
                let power = |samples: &mut dyn Iterator<Item = f64>| samples.map(|sample| sample * sample).sum::<f64>();
                let noise = power(&mut before.iter().zip(&after).map(|(before, after)| f64::from(*before) - f64::from(*after)));
                let snr_db = 10.0 * (power(&mut before.iter().map(|sample| f64::from(*sample))) / noise).log10();
                assert!(snr_db > 18.0, "{samples} samples: {snr_db} dB");
            }
        }
    }

    #[test]
    fn the_same_samples_are_the_same_bytes_and_few() {
        assert_eq!(packed(8000).file(), packed(8000).file());
        assert!(packed(80_000).file().len() < 80_000 * 2 / 5, "{} bytes", packed(80_000).file().len());
    }

    #[test]
    fn what_made_it_is_told_and_is_no_part_of_the_sound() {
        let (one, other) = (packed(800), packed_by("another", 800).unwrap());
        assert_eq!((one.made_by(), other.made_by()), (Some("a test"), Some("another")));
        assert_eq!(one.sound(), other.sound());
        assert!(one.file().ends_with(one.sound()) && one.sound().starts_with(Packed::MAGIC));
    }

    #[test]
    fn a_file_says_what_is_wrong_with_it() {
        let file = packed(8000).file;
        let why = |bytes: &[u8]| Packed::open(bytes.into()).unwrap_err().to_string();
        assert!(why(b"").contains("ends before OpusHead"), "{}", why(b""));
        assert!(why(b"RIFF").contains("not a sound Ogg Opus"));
        assert!(why(&file[..file.len() - 1]).contains("not a sound Ogg Opus"));
        assert!(why(&file[..file.len() - packed(8000).sound().len()]).contains("cut short"));
        let long = packed(160_000).file; // of two pages
        let last_page = long.windows(4).rposition(|four| four == Packed::MAGIC).unwrap();
        assert!(why(&long[..last_page]).contains("cut short"));
        assert!(packed_by("", SAMPLES_MAX).is_ok());
        assert!(matches!(packed_by("", SAMPLES_MAX + 1), Err(PackedError::TooLong)));
        assert!(matches!(packed_by("", 0), Err(PackedError::NoSound)));
    }

    #[test]
    fn no_flipped_bit_is_passed_over() {
        let good = packed(1600).file;
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.to_vec();
                bad[at] ^= 1 << bit;
                assert!(Packed::open(bad.into()).is_err(), "bit {bit} of byte {at}");
            }
            assert!(Packed::open(good[..at].into()).is_err(), "{at} bytes");
        }
    }

    /// Pages that are as they were written, and packets that are anything.
    #[test]
    fn packets_that_are_no_opus_are_as_long_as_they_say_and_no_panic() {
        let mut seed = 1_u32;
        let mut noise = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        for length in (1..400).cycle().take(2000) {
            let packets = (0..4).map(|_| (0..length).map(|_| noise()).collect()).collect();
            let voice = Encoded { head: OpusHead::new(1 + (length % 2) as u8, 8000).unwrap(), packets, end: 4 * FRAME * GRANULES };
            let Ok(packed) = Packed::open(voice.in_ogg(&OpusTags::new()).unwrap().into()) else { continue };
            assert_eq!(packed.linear().len(), packed.samples());
        }
    }
}
