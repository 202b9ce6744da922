//! INVITEs that want the place of another call (RFC 3891). The robot hands its calls to nobody, and says so in the way that fits.
//!
//! Ignoring the header would be allowed, and would give the caller a second robot beside the first. Who insists on it by `Require: replaces` has got a 420 before.

use rsipstack::dialog::DialogId;
use rsipstack::sip::{Header, Request};

use super::message::{self, Rejection};
use super::registry::Registry;

/// # Errors
/// For an INVITE with Replaces (RFC 3891, section 3): 400 when it has several or cannot be read, 481 when there is no such dialog, 486 when only a call that still rings shall be replaced, else 603.
pub(super) fn check(invite: &Request, registry: &Registry) -> Result<(), Rejection> {
    let said = invite.headers.iter().filter_map(|header| match header {
        Header::Replaces(value) => Some(value.value()),
        _ => None,
    });
    match said.collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        [value] => Err(Rejection::new(status(value, |id| registry.find(id).is_some()))),
        [_, _, ..] => Err(Rejection::new(400)),
    }
}

fn status(value: &str, exists: impl Fn(&DialogId) -> bool) -> u16 {
    match Replaced::parse(value) {
        None => 400,
        Some(Replaced { id, .. }) if !exists(&id) => 481,
        Some(Replaced { early_only: true, .. }) => 486,
        Some(Replaced { early_only: false, .. }) => 603,
    }
}

struct Replaced {
    id: DialogId,
    early_only: bool,
}

impl Replaced {
    /// The tags are seen from us: `to-tag` is ours (RFC 3891, section 3).
    fn parse(value: &str) -> Option<Self> {
        let mut parts = message::split_quoted(value, ';').map(str::trim);
        let call_id = parts.next().filter(|call_id| !call_id.is_empty() && !call_id.contains(','))?.to_owned();
        let (mut local_tag, mut remote_tag, mut early_only) = (None, None, false);
        for part in parts {
            let (name, value) = part.split_once('=').map_or((part, ""), |(name, value)| (name.trim(), value.trim()));
            match name.to_ascii_lowercase().as_str() {
                "to-tag" if local_tag.is_none() && !value.is_empty() => local_tag = Some(value.to_owned()),
                "from-tag" if remote_tag.is_none() && !value.is_empty() => remote_tag = Some(value.to_owned()),
                "to-tag" | "from-tag" => return None,
                "early-only" => early_only = true,
                _ => {}
            }
        }
        Some(Self { id: DialogId { call_id, local_tag: local_tag?, remote_tag: remote_tag? }, early_only })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_never_handed_over() {
        let cases = [
            ("c@h;to-tag=l;from-tag=r", 603),
            ("c@h ; from-tag=r ; to-tag=l ; other=1", 603),
            ("c@h;to-tag=l;from-tag=r;early-only", 486),
            ("c@h;to-tag=r;from-tag=l", 481),
            ("d@h;to-tag=l;from-tag=r", 481),
            ("d@h;to-tag=l;from-tag=r;early-only", 481),
            ("c@h;to-tag=l", 400),
            ("c@h;from-tag=r", 400),
            ("c@h;to-tag=l;from-tag=r;to-tag=l", 400),
            ("c@h;to-tag=l;from-tag=r, d@h;to-tag=l;from-tag=r", 400),
            ("", 400),
        ];
        for (value, expected) in cases {
            let ours = DialogId { call_id: "c@h".to_owned(), local_tag: "l".to_owned(), remote_tag: "r".to_owned() };
            assert_eq!(status(value, |id| *id == ours), expected, "{value}");
        }
    }
}
