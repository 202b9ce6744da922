//! As much of the grammar of RFC 3261, section 25, as decides what can be answered. Every function reads its text once and keeps nothing.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use rsipstack::sip::Transport;

use super::Fault;

/// CSeq numbers stay below this (RFC 3261, section 8.1.1.5).
const CSEQ_END: u64 = 1 << 31;
const PORT: u16 = 5060;

/// Letters, digits and `-.!%*_+`'~`.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte))
}

/// `word [ "@" word ]`.
pub(super) fn is_call_id(text: &str) -> bool {
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~()<>:\\\"/[]?{}".contains(&byte))
    };
    text.split_once('@').map_or_else(|| word(text), |(left, right)| word(left) && word(right))
}

/// The method of a CSeq whose number is in its range.
pub(super) fn cseq(value: &str) -> Option<&str> {
    let (number, method) = value.split_once([' ', '\t'])?;
    let method = method.trim();
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits && number.parse::<u64>().is_ok_and(|number| number < CSEQ_END);
    (fits && is_token(method)).then_some(method)
}

/// What a URI is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `sip:` or `sips:`.
    Sip {
        /// Whether it has a part behind `?`.
        headers: bool,
    },
    /// `tel:`.
    Tel,
    /// One that we do not know.
    Other,
}

/// `None` when it is no URI.
pub(super) fn uri(text: &str) -> Option<Scheme> {
    let (scheme, rest) = text.split_once(':')?;
    let name = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte);
    if !name || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) || !rest.bytes().all(legal) {
        return None;
    }
    match scheme.to_ascii_lowercase().as_str() {
        "sip" | "sips" => sip_uri(rest),
        "tel" => is_telephone(rest).then_some(Scheme::Tel),
        _ => (!rest.is_empty()).then_some(Scheme::Other),
    }
}

fn sip_uri(rest: &str) -> Option<Scheme> {
    let (user, host) = rest.split_once('@').map_or((None, rest), |(user, host)| (Some(user), host));
    let (address, more) = host.split_at(host.find([';', '?']).unwrap_or(host.len()));
    let user = user.is_none_or(|user| !user.is_empty() && !user.starts_with(':'));
    (user && !more.contains('@') && host_port(address).is_some()).then_some(Scheme::Sip { headers: more.contains('?') })
}

/// A number of RFC 3966, its parameters unread.
fn is_telephone(rest: &str) -> bool {
    let number = rest.split(';').next().unwrap_or_default();
    number.bytes().any(|byte| byte.is_ascii_hexdigit() || b"*#".contains(&byte))
        && number.bytes().all(|byte| byte.is_ascii_hexdigit() || b"+*#-.()%".contains(&byte))
}

/// A host as it is written, and its port.
fn host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let end = if text.starts_with('[') { text.find(']')? + 1 } else { text.find([':', ' ', '\t']).unwrap_or(text.len()) };
    let (host, rest) = text.split_at(end);
    let port = match rest.trim_start().strip_prefix(':') {
        None => rest.trim().is_empty().then_some(None),
        Some(port) => {
            let port = port.trim();
            let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| port.parse().ok().filter(|port| *port != 0)).flatten().map(Some)
        }
    }?;
    is_host(host).then_some((host, port))
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').map(|host| host.strip_suffix(']').unwrap_or_default()) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => is_name(host),
    }
}

/// Labels of letters, digits and hyphens; underscores are seen in the field. A name whose last label is a number must be an IPv4 address.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    let numeric = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    name.split('.').all(label) && (!numeric || host.parse::<std::net::Ipv4Addr>().is_ok())
}

/// An address of From, To, Contact or a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameAddr<'t> {
    /// Its tag.
    pub(super) tag: Option<&'t str>,
}

/// The pieces of a `name-addr` or an `addr-spec` with its parameters.
struct Pieces<'t> {
    display_name: &'t str,
    uri: &'t str,
    parameters: &'t str,
}

fn pieces(text: &str) -> Option<Pieces<'_>> {
    let text = text.trim();
    let Some(open) = unquoted(text, |c| c == '<') else {
        // Without brackets a `;` starts the header's parameters, and `,` and `?` may not stand in the address (RFC 3261, section 20).
        let (uri, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
        return (!uri.contains([',', '?'])).then_some(Pieces { display_name: "", uri: uri.trim_end(), parameters });
    };
    let close = open + text[open..].find('>')?;
    Some(Pieces { display_name: text[..open].trim(), uri: &text[open + 1..close], parameters: &text[close + 1..] })
}

/// One `name-addr` or `addr-spec` with its parameters.
pub(super) fn name_addr(text: &str) -> Option<NameAddr<'_>> {
    let Pieces { display_name, uri: address, parameters } = pieces(text)?;
    if !is_display_name(display_name) || uri(address).is_none() {
        return None;
    }
    let mut tag = None;
    for (name, value) in self::parameters(parameters)? {
        if name.eq_ignore_ascii_case("tag") {
            if tag.is_some() {
                return None;
            }
            tag = Some(value.unwrap_or_default());
        }
    }
    Some(NameAddr { tag })
}

/// A list of addresses, none of them empty.
pub(super) fn all_name_addrs(text: &str) -> bool {
    listed(text).all(|one| name_addr(one).is_some())
}

/// The values of a list; one where there is no comma.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = list_end(text);
        rest = text.get(end + 1..);
        Some(&text[..end])
    })
}

/// A list of addresses as the stack reads it rightly. The stack looks for `<`, `;` and `,` without regard to quotes, and for `tag=` without white space: a quoted name or parameter with one of
/// these goes, since no comparison counts it (RFC 3261, sections 20.20 and 20.39), and white space about parameters too. What has none of that stays to the letter.
pub(super) fn readable(text: &str) -> String {
    let one = |one| readable_one(one).unwrap_or_else(|| str::to_owned(one));
    listed(text).map(one).collect::<Vec<_>>().join(",")
}

/// `None` for what needs no change, or is no address.
fn readable_one(text: &str) -> Option<String> {
    const MISREAD: [char; 4] = ['<', '>', ';', ','];
    let Pieces { display_name, uri, parameters } = pieces(text)?;
    let misread = display_name.contains(MISREAD);
    if !misread && !parameters.contains(['"', ' ', '\t']) {
        return None;
    }
    let mut plain = if misread || display_name.is_empty() { format!("<{uri}>") } else { format!("{display_name} <{uri}>") };
    for (name, value) in self::parameters(parameters)?.into_iter().filter(|(_, value)| value.is_none_or(|value| !value.contains(MISREAD))) {
        plain.extend([";", name]);
        plain.extend(value.iter().flat_map(|value| ["=", *value]));
    }
    Some(plain)
}

/// Where the first value of a list ends: at a comma outside quotes and brackets.
fn list_end(text: &str) -> usize {
    let mut within = false;
    let outside = |c: char| {
        match c {
            '<' => within = true,
            '>' => within = false,
            _ => {}
        }
        c == ',' && !within
    };
    unquoted(text, outside).unwrap_or(text.len())
}

/// A quoted string, or tokens.
fn is_display_name(text: &str) -> bool {
    let text = text.trim();
    match text.strip_prefix('"') {
        Some(quoted) => quote_end(quoted) == Some(quoted.len()),
        None => text.split_ascii_whitespace().all(is_token),
    }
}

/// The index behind the closing quote.
fn quote_end(quoted: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The first character outside quoted strings that is looked for. An open quote hides all behind it.
fn unquoted(text: &str, mut wanted: impl FnMut(char) -> bool) -> Option<usize> {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c == '"' {
            at += 1 + quote_end(&text[at + 1..])?;
        } else if wanted(c) {
            return Some(at);
        } else {
            at += c.len_utf8();
        }
    }
    None
}

/// `;name`, `;name=token`, `;name="string"` or `;name=host`, as often as there are.
fn parameters(text: &str) -> Option<Vec<(&str, Option<&str>)>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let parameter = rest.strip_prefix(';')?;
        let end = unquoted(parameter, |c| c == ';').or_else(|| (!has_open_quote(parameter)).then_some(parameter.len()))?;
        found.push(self::parameter(parameter[..end].trim())?);
        rest = &parameter[end..];
    }
    Some(found)
}

fn has_open_quote(mut text: &str) -> bool {
    while let Some(open) = text.find('"') {
        let rest = &text[open + 1..];
        let Some(end) = quote_end(rest) else { return true };
        text = &rest[end..];
    }
    false
}

fn parameter(text: &str) -> Option<(&str, Option<&str>)> {
    let Some((name, value)) = text.split_once('=') else { return is_token(text).then_some((text, None)) };
    let (name, value) = (name.trim_end(), value.trim_start());
    let plain = |value: &str| value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~[]:/@&$".contains(&byte));
    let good = value.strip_prefix('"').map_or_else(|| plain(value), |quoted| quote_end(quoted) == Some(quoted.len()));
    (is_token(name) && good).then_some((name, Some(value)))
}

/// The topmost Via value, read far enough to answer by it.
#[derive(Debug)]
pub(super) struct Via<'t> {
    protocol: &'t str,
    version: &'t str,
    transport: &'t str,
    host: &'t str,
    port: Option<u16>,
    /// From the first `;` on.
    parameters: &'t str,
    /// From the `,` before the next value on.
    rest: &'t str,
}

impl<'t> Via<'t> {
    /// `None` when there is no address in it.
    pub(super) fn read(value: &'t str) -> Option<Self> {
        let (first, rest) = value.split_at(list_end(value));
        let (protocol, more) = first.split_once('/')?;
        let (version, more) = more.split_once('/')?;
        let (transport, more) = more.trim_start().split_once([' ', '\t'])?;
        let (address, parameters) = more.split_at(more.find(';').unwrap_or(more.len()));
        let (host, port) = host_port(address.trim())?;
        let [protocol, version] = [protocol, version].map(str::trim);
        protocol.eq_ignore_ascii_case("SIP").then_some(Self { protocol, version, transport, host, port, parameters, rest })
    }

    /// Whether it is right, too.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let parameters = self::parameters(self.parameters).ok_or(Fault::bad("a parameter of Via is broken"))?;
        let empty_branch = |(name, value): &(&str, Option<&str>)| name.eq_ignore_ascii_case("branch") && value.is_none_or(str::is_empty);
        let known = is_token(self.transport) && self.transport.parse::<Transport>().is_ok();
        match self {
            _ if self.version != "2.0" => Err(Fault::bad("Via is of another version")),
            _ if !known => Err(Fault::bad("Via names an unknown transport")),
            _ if parameters.iter().any(empty_branch) => Err(Fault::bad("the branch of Via is empty")),
            _ => Ok(()),
        }
    }

    /// The value with what the socket saw (RFC 3261, section 18.2.1; RFC 3581, section 4). A sent-by that is the sender's own address and port is believed; any other sender is taken to be
    /// behind address translation, and answered where it sent from, whether it asked for `rport` or not.
    pub(super) fn stamped(&self, from: SocketAddr) -> String {
        let Self { protocol, version, transport, host, rest, .. } = self;
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let parameters = self::parameters(self.parameters).unwrap_or_default();
        // The stack takes the first parameter of a name, and finds them in quotes, too: strings come last.
        let (quoted, plain): (Vec<_>, Vec<_>) = parameters
            .into_iter()
            .filter(|(name, _)| !is_stamp(name))
            .partition(|(_, value)| value.is_some_and(|value| value.starts_with('"')));
        let written = |(name, value): (&str, Option<&str>)| value.map_or(format!(";{name}"), |value| format!(";{name}={value}"));
        let mut stamped = format!("{protocol}/{version}/{transport} {host}{port}");
        stamped.extend(plain.into_iter().map(written));
        if self.wants_stamp(from) {
            stamped.push_str(&format!(";received={};rport={}", from.ip(), from.port()));
        }
        stamped.extend(quoted.into_iter().map(written));
        stamped + rest
    }

    /// Where an answer over UDP goes.
    pub(super) fn destination(&self, from: SocketAddr) -> SocketAddr {
        if self.wants_stamp(from) { from } else { SocketAddr::new(from.ip(), self.port.unwrap_or(PORT)) }
    }

    fn wants_stamp(&self, from: SocketAddr) -> bool {
        let asked = self::parameters(self.parameters).is_none_or(|all| all.iter().any(|(name, _)| name.eq_ignore_ascii_case("rport")));
        asked || self.port.is_none() || self.host.trim_matches(['[', ']']).parse::<IpAddr>() != Ok(from.ip())
    }
}

fn is_stamp(name: &str) -> bool {
    name.eq_ignore_ascii_case("received") || name.eq_ignore_ascii_case("rport")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_goes_to_the_sender_unless_its_own_via_names_another_port() {
        let cases = [
            ("SIP/2.0/UDP 192.0.2.1:5060;branch=b", "SIP/2.0/UDP 192.0.2.1:5060;branch=b", "192.0.2.1:5060"),
            (
                "SIP/2.0/UDP 192.0.2.1:5060;rport;branch=b",
                "SIP/2.0/UDP 192.0.2.1:5060;branch=b;received=192.0.2.1;rport=4000",
                "192.0.2.1:4000",
            ),
            ("SIP/2.0/UDP 192.0.2.1;branch=b", "SIP/2.0/UDP 192.0.2.1;branch=b;received=192.0.2.1;rport=4000", "192.0.2.1:4000"),
            ("SIP/2.0/UDP host:9;branch=b", "SIP/2.0/UDP host:9;branch=b;received=192.0.2.1;rport=4000", "192.0.2.1:4000"),
            ("SIP/2.0/UDP 10.0.0.1:9;received=1.2.3.4;rport=1", "SIP/2.0/UDP 10.0.0.1:9;received=192.0.2.1;rport=4000", "192.0.2.1:4000"),
            (
                "SIP / 2.0 / UDP  [::1] : 9 ; x = \"a;b\" , SIP/2.0/UDP b",
                "SIP/2.0/UDP [::1]:9;received=192.0.2.1;rport=4000;x=\"a;b\", SIP/2.0/UDP b",
                "192.0.2.1:4000",
            ),
        ];
        let from = "192.0.2.1:4000".parse().unwrap();
        for (value, stamped, destination) in cases {
            let via = Via::read(value).unwrap();
            assert_eq!((via.stamped(from).as_str(), via.destination(from).to_string().as_str()), (stamped, destination), "{value}");
        }
        let six = "[2001:db8::1]:4000".parse().unwrap();
        let via = Via::read("SIP/2.0/UDP [2001:db8::2]:9;branch=b").unwrap();
        assert_eq!(
            via.stamped(six),
            "SIP/2.0/UDP [2001:db8::2]:9;branch=b;received=2001:db8::1;rport=4000",
            "no brackets (RFC 3261, section 25)"
        );
    }

    #[test]
    fn the_stack_reads_an_address_as_we_do() {
        let cases = [
            ("\"a b\" <sip:a@h>;tag=z", "\"a b\" <sip:a@h>;tag=z"),
            ("sip:a@h;tag=z", "sip:a@h;tag=z"),
            ("\"a <b>;tag=1\" <sip:a@h>;tag=z", "<sip:a@h>;tag=z"),
            ("\"a, b\" <sip:a@h>, \"c\" <sip:c@h>", "<sip:a@h>, \"c\" <sip:c@h>"),
            ("sip:a@h ;   tag    = 19", "<sip:a@h>;tag=19"),
            ("\"J \\\"\"  <sip:a@h> ; x ; tag = t", "\"J \\\"\" <sip:a@h>;x;tag=t"),
            ("<sip:a@h>;x=\"a;tag=5\";y=\"b\";tag=t", "<sip:a@h>;y=\"b\";tag=t"),
            ("*", "*"),
            ("\"open <sip:a@h>", "\"open <sip:a@h>"),
        ];
        for (value, expected) in cases {
            assert_eq!(readable(value), expected, "{value}");
        }
    }

    #[test]
    fn a_quoted_string_hides_what_would_end_an_address() {
        assert_eq!(name_addr("\"a \\\" <x>, ;tag=1\" <sip:a@h;x=y?z=w> ; tag = t").unwrap().tag, Some("t"));
        assert!(all_name_addrs("\"a, b\" <sip:a@h>, <sip:b@h>;q=1,sip:c@h"));
        assert!(!all_name_addrs("<sip:a@h>,") && !all_name_addrs("") && !all_name_addrs("\"a <sip:a@h>"));
    }
}
