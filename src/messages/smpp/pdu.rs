//! What we say in SMPP, and what we understand of it. Pure.

use std::time::Duration;

use dauys_core::citizen::Phone;
use dauys_core::sms::{Alphabet, Parts};
use rusmpp::pdus::{BindTransceiver, DeliverSm, SubmitSm};
use rusmpp::tlvs::{MessageSubmissionRequestTlvValue, TlvValue};
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, InterfaceVersion, MessageState, MessageType, Npi, RegisteredDelivery, Ton, UserMessageReference,
};
use rusmpp::{Command, CommandStatus};

use super::super::{Outgoing, Receipt, Sent, reference, row};
use crate::config::{self, Secret};
use crate::store::PartState;

/// A single message has an octet for each septet, and no header.
const PLAIN: u8 = 0x00;
/// A header stands before the text (UDHI).
const WITH_HEADER: u8 = 0x40;
/// A receipt is wanted of the end, good or bad.
const RECEIPT: u8 = 0x01;

/// Who a message is from.
pub(super) struct Sender {
    text: String,
    ton: Ton,
    npi: Npi,
}

impl Sender {
    /// As most centres want it: a name is alphanumeric, a number with `+` international, another one known to the centre.
    pub(super) fn new(text: &str, as_told: Option<(u8, u8)>) -> Self {
        let (ton, npi) = match (as_told, text.strip_prefix('+')) {
            (Some((ton, npi)), _) => (Ton::from(ton), Npi::from(npi)),
            (None, Some(_)) => (Ton::International, Npi::Isdn),
            (None, None) if text.bytes().all(|b| b.is_ascii_digit()) => (Ton::Unknown, Npi::Isdn),
            (None, None) => (Ton::Alphanumeric, Npi::Unknown),
        };
        Self { text: text.trim_start_matches('+').to_owned(), ton, npi }
    }
}

/// `None`: the account has no place in SMPP.
pub(super) fn bind(config: &config::Smpp, password: &Secret) -> Option<BindTransceiver> {
    Some(
        BindTransceiver::builder()
            .system_id(c_string(&config.system_id)?)
            .password(c_string(password.reveal())?)
            .system_type(c_string(&config.system_type)?)
            .interface_version(InterfaceVersion::Smpp3_4)
            .build(),
    )
}

/// `None`: there is no such part.
pub(super) fn submit(part: &Outgoing<'_>, parts: &Parts, sender: &Sender) -> Option<SubmitSm> {
    let wire = parts.wire(part.nth, row(part.key))?;
    let coding = match parts.alphabet {
        Alphabet::Gsm7 => DataCoding::McSpecific,
        Alphabet::Ucs2 => DataCoding::Ucs2,
    };
    Some(
        SubmitSm::builder()
            .source_addr_ton(sender.ton)
            .source_addr_npi(sender.npi)
            .source_addr(c_string(&sender.text)?)
            .dest_addr_ton(Ton::International)
            .dest_addr_npi(Npi::Isdn)
            .destination_addr(c_string(part.to.e164().trim_start_matches('+'))?)
            .esm_class(EsmClass::from(if parts.count() == 1 { PLAIN } else { WITH_HEADER }))
            .validity_period(validity(part.valid).parse().ok()?)
            .registered_delivery(RegisteredDelivery::from(RECEIPT))
            .data_coding(coding)
            .short_message(OctetString::from_vec(wire).ok()?)
            .push_tlv(MessageSubmissionRequestTlvValue::UserMessageReference(UserMessageReference::new(reference(part.key, part.nth))))
            .build(),
    )
}

/// A relative time of SMPP: `YYMMDDhhmmss000R`.
fn validity(valid: Duration) -> String {
    let s = valid.as_secs().clamp(60, 99 * 86_400);
    let (days, s) = (s / 86_400, s % 86_400);
    format!("0000{days:02}{:02}{:02}{:02}000R", s / 3600, s / 60 % 60, s % 60)
}

/// Whether the centre has too much to do.
pub(super) fn is_busy(response: &Command) -> bool {
    matches!(response.status(), CommandStatus::EsmeRthrottled | CommandStatus::EsmeRmsgqful)
}

/// What a refusal means: some may be tried again later, most never.
pub(super) fn refusal(response: &Command) -> Sent {
    let why = format!("{:?}", response.status());
    match response.status() {
        CommandStatus::EsmeRok => Sent::Unknown, // it was taken, by an answer that is none
        CommandStatus::EsmeRthrottled | CommandStatus::EsmeRmsgqful => Sent::Again { why },
        CommandStatus::EsmeRxTAppn | CommandStatus::EsmeRsyserr | CommandStatus::EsmeRinvbndsts => Sent::Again { why },
        _ => Sent::Refused { why }, // theirs, not ours: hundreds, and each centre has its own
    }
}

/// What a `deliver_sm` says of a part that came to its end.
pub(super) fn receipt(delivered: &DeliverSm) -> Option<Receipt> {
    if delivered.esm_class.message_type != MessageType::ShortMessageContainsMCDeliveryReceipt {
        return None;
    }
    let values = || delivered.tlvs().iter().filter_map(|tlv| tlv.value());
    let id = values().find_map(|value| if let TlvValue::ReceiptedMessageId(id) = value { text(id) } else { None });
    let state = values().find_map(|value| if let TlvValue::MessageState(state) = value { Some(*state) } else { None });
    let words = String::from_utf8_lossy(delivered.short_message()).into_owned();
    let state = match state {
        Some(state) => end(state)?,
        None => end_in_words(word(&words, "stat:")?)?,
    };
    let reference =
        values().find_map(|value| if let TlvValue::UserMessageReference(reference) = value { Some(reference.value) } else { None });
    let from = text(&delivered.source_addr).and_then(|from| Phone::parse(&format!("+{}", from.trim_start_matches('+'))).ok());
    Some(Receipt { id: id.or_else(|| word(&words, "id:").map(str::to_owned))?, known_by: reference.zip(from), state })
}

/// Appendix B of SMPP 3.4: `id:… sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…`.
fn word<'a>(words: &'a str, name: &str) -> Option<&'a str> {
    let at = words.to_ascii_lowercase().find(name)? + name.len();
    words.get(at..)?.split(char::is_whitespace).next().filter(|word| !word.is_empty())
}

fn end_in_words(word: &str) -> Option<PartState> {
    match word.to_ascii_uppercase().as_str() {
        "DELIVRD" => Some(PartState::Delivered),
        "EXPIRED" => Some(PartState::Expired),
        "DELETED" | "UNDELIV" | "REJECTD" => Some(PartState::Failed),
        "UNKNOWN" => Some(PartState::Unknown),
        _ => None, // on its way
    }
}

fn end(state: MessageState) -> Option<PartState> {
    match state {
        MessageState::Delivered => Some(PartState::Delivered),
        MessageState::Expired => Some(PartState::Expired),
        MessageState::Deleted | MessageState::Undeliverable | MessageState::Rejected => Some(PartState::Failed),
        MessageState::Unknown => Some(PartState::Unknown),
        _ => None, // on its way, or a number of the centre's own
    }
}

/// The words of a C string, if there are any.
pub(super) fn text<const MIN: usize, const MAX: usize>(octets: &COctetString<MIN, MAX>) -> Option<String> {
    let text = octets.to_string();
    let text = text.trim_end_matches('\0');
    (!text.is_empty()).then(|| text.to_owned())
}

fn c_string<const MIN: usize, const MAX: usize>(text: &str) -> Option<COctetString<MIN, MAX>> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_smpp_wants_it() {
        for (s, text) in
            [(0, "000000000100000R"), (86_400, "000001000000000R"), (90_061, "000001010101000R"), (u64::MAX, "000099000000000R")]
        {
            assert_eq!(validity(Duration::from_secs(s)), text);
        }
    }

    #[test]
    fn a_receipt_is_read_from_its_words() {
        let cases = [
            (
                "id:7F sub:001 dlvrd:001 submit date:2611231000 done date:2611231001 stat:DELIVRD err:000 text:x",
                Some(("7F", PartState::Delivered)),
            ),
            ("ID:7F STAT:undeliv ERR:001", Some(("7F", PartState::Failed))),
            ("id:a-b stat:EXPIRED", Some(("a-b", PartState::Expired))),
            ("id:1 stat:UNKNOWN", Some(("1", PartState::Unknown))),
            ("id:1 stat:ENROUTE", None),
            ("stat:DELIVRD", None),
            ("id: stat:DELIVRD", None),
            ("", None),
            ("Сәлем id:", None),
        ];
        for (words, expected) in cases {
            let esm = EsmClass::from(0x04);
            let delivered = DeliverSm::builder().esm_class(esm).short_message(OctetString::from_slice(words.as_bytes()).unwrap()).build();
            let read = receipt(&delivered);
            assert_eq!(read.as_ref().map(|receipt| (receipt.id.as_str(), receipt.state)), expected, "{words}");
            let message =
                DeliverSm::builder().short_message(OctetString::from_slice(words.as_bytes()).unwrap()).esm_class(EsmClass::from(0)).build();
            assert_eq!(receipt(&message), None, "a message to us is no receipt");
        }
    }

    #[test]
    fn a_sender_has_a_kind() {
        let kind = |text: &str, told| {
            let sender = Sender::new(text, told);
            (sender.text, u8::from(sender.ton), u8::from(sender.npi))
        };
        assert_eq!(kind("1414", None), ("1414".to_owned(), 0, 1));
        assert_eq!(kind("+77172906984", None), ("77172906984".to_owned(), 1, 1));
        assert_eq!(kind("eGov", None), ("eGov".to_owned(), 5, 0));
        assert_eq!(kind("1414", Some((3, 9))), ("1414".to_owned(), 3, 9));
    }
}
