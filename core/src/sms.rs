//! A text message as telephones get it: the alphabet that its text needs, and the parts that it is cut into (3GPP TS 23.038 and 23.040).
//!
//! Pure: what a message will cost is known before anybody calls. Kazakh and Russian letters are in no alphabet but UCS-2, so a part holds 70 of them, or 67 where there are more.

/// A message of more parts than these is worth a second look: each is paid for, and read on a small screen.
pub const PARTS_FAIR: usize = 3;
/// No message has more parts.
pub const PARTS_MAX: usize = 6;

/// Octets of a part that is alone, and of one that stands in a row behind a header of [`HEADER`] octets; septets for [`Alphabet::Gsm7`].
const GSM7: (usize, usize) = (160, 153);
const UCS2: (usize, usize) = (140, 134);
/// The header of a part: its own length, the element (concatenated messages, 8-bit reference), that one's length, reference, how many, which.
const HEADER: usize = 6;
/// What a septet begins with that stands in the extension table.
const ESCAPE: u8 = 0x1b;

/// How the characters of a message are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// The default alphabet of GSM and its extension; one septet an octet, as SMPP carries it.
    Gsm7,
    /// UTF-16, the higher octet first.
    Ucs2,
}

/// A message, encoded and cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// How its characters are numbered.
    pub alphabet: Alphabet,
    /// The octets of each part, without header. At least one.
    bodies: Vec<Vec<u8>>,
}

impl Parts {
    /// Encodes and cuts. No character, and no pair of octets that is one, is cut in two.
    pub fn of(text: &str) -> Self {
        let gsm7: Option<Vec<Vec<u8>>> = text.chars().map(septets).collect();
        let (alphabet, characters, (alone, in_row)) = match gsm7 {
            Some(characters) => (Alphabet::Gsm7, characters, GSM7),
            None => (Alphabet::Ucs2, text.chars().map(octets).collect(), UCS2),
        };
        let is_short = characters.iter().map(Vec::len).sum::<usize>() <= alone;
        Self { alphabet, bodies: cut(characters, if is_short { alone } else { in_row }) }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.bodies.len()
    }

    /// What goes over the air: a single body as it is, each of several behind a header that says which of them it is. All parts of a message have one `reference`.
    pub fn wire(&self, nth: usize, reference: u8) -> Option<Vec<u8>> {
        let body = self.bodies.get(nth)?;
        let count = u8::try_from(self.count()).ok()?;
        if count == 1 {
            return Some(body.clone());
        }
        let mut wire = vec![HEADER as u8 - 1, 0, 3, reference, count, u8::try_from(nth + 1).ok()?];
        wire.extend(body);
        Some(wire)
    }
}

/// How many parts a text comes to.
pub fn parts(text: &str) -> usize {
    Parts::of(text).count()
}

fn cut(characters: Vec<Vec<u8>>, most: usize) -> Vec<Vec<u8>> {
    let mut bodies = vec![Vec::new()];
    for character in characters {
        match bodies.last_mut() {
            Some(body) if body.len() + character.len() <= most => body.extend(character),
            Some(_) | None => bodies.push(character),
        }
    }
    bodies
}

fn octets(c: char) -> Vec<u8> {
    c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()).collect()
}

/// A character of the default alphabet, or of its extension.
fn septets(c: char) -> Option<Vec<u8>> {
    let at = |table: &str| table.chars().position(|other| other == c).and_then(|at| u8::try_from(at).ok());
    match EXTENSION.iter().find(|(_, other)| *other == c) {
        Some((septet, _)) => Some(vec![ESCAPE, *septet]),
        None => at(BASIC).filter(|septet| *septet != ESCAPE).map(|septet| vec![septet]),
    }
}

/// Table 1 of TS 23.038; at 0x1b, the escape, stands a blank that nobody writes.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{a0}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

const EXTENSION: [(u8, char); 10] =
    [(0x0a, '\u{c}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2f, '\\'), (0x3c, '['), (0x3d, '~'), (0x3e, ']'), (0x40, '|'), (0x65, '€')];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alphabet_has_room_for_so_many_in_a_part() {
        let cases = [
            ("", 0, Alphabet::Gsm7, 1),
            ("a", 160, Alphabet::Gsm7, 1),
            ("a", 161, Alphabet::Gsm7, 2),
            ("a", 306, Alphabet::Gsm7, 2),
            ("a", 307, Alphabet::Gsm7, 3),
            ("€", 80, Alphabet::Gsm7, 1),
            ("€", 81, Alphabet::Gsm7, 2),
            ("€", 152, Alphabet::Gsm7, 2), // 76 in a part: the escape of the 77th does not stand alone
            ("€", 153, Alphabet::Gsm7, 3),
            ("қ", 70, Alphabet::Ucs2, 1),
            ("қ", 71, Alphabet::Ucs2, 2),
            ("ы", 134, Alphabet::Ucs2, 2),
            ("ы", 135, Alphabet::Ucs2, 3),
            ("😀", 35, Alphabet::Ucs2, 1),
            ("😀", 66, Alphabet::Ucs2, 2), // 33 in a part: no pair is cut
            ("😀", 67, Alphabet::Ucs2, 3),
        ];
        for (c, times, alphabet, count) in cases {
            let parts = Parts::of(&c.repeat(times));
            assert_eq!((parts.alphabet, parts.count()), (alphabet, count), "{times} × {c}");
        }
    }

    #[test]
    fn one_letter_outside_the_default_alphabet_makes_all_of_it_ucs2() {
        assert_eq!(Parts::of("Ready: 12.30, hall 4").alphabet, Alphabet::Gsm7);
        assert_eq!(Parts::of("Ready: 12.30, hаll 4").alphabet, Alphabet::Ucs2, "a Cyrillic а");
        assert_eq!(Parts::of("\u{a0}").alphabet, Alphabet::Ucs2, "what stands at the escape's place is no character");
    }

    #[test]
    fn the_default_alphabet_has_its_places() {
        assert_eq!(BASIC.chars().count(), 128);
        for (text, octets) in
            [("@", &[0_u8][..]), ("A\nz", &[0x41, 0x0a, 0x7a]), ("à¿Ü", &[0x7f, 0x60, 0x5e]), ("[€]", &[27, 60, 27, 101, 27, 62])]
        {
            assert_eq!(Parts::of(text).wire(0, 9).as_deref(), Some(octets), "{text}");
        }
    }

    #[test]
    fn parts_come_back_together() {
        for text in ["Сіз 2026 жылғы 1 желтоқсанда сағат 09:30-ға жазылдыңыз. ".repeat(4), "😀ә".repeat(60), "x{y}".repeat(100)]
        {
            let parts = Parts::of(&text);
            let wires: Vec<_> = (0..parts.count()).map(|nth| parts.wire(nth, 7).unwrap()).collect();
            assert!(wires.len() > 1 && wires.iter().all(|wire| wire.len() <= if parts.alphabet == Alphabet::Ucs2 { 140 } else { 159 }));
            for (nth, wire) in wires.iter().enumerate() {
                assert_eq!(wire[..6], [5, 0, 3, 7, wires.len() as u8, nth as u8 + 1]);
            }
            let whole: Vec<u8> = wires.iter().flat_map(|wire| wire[6..].to_vec()).collect();
            if parts.alphabet == Alphabet::Ucs2 {
                let units: Vec<u16> = whole.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                assert_eq!(String::from_utf16(&units).unwrap(), text);
            } else {
                assert_eq!(whole.len(), 600, "x, y and two pairs");
            }
            assert_eq!(parts.wire(wires.len(), 7), None);
        }
    }
}
