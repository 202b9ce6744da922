//! Messages to a gateway that speaks HTTP, in the words of the configuration.

mod template;

use std::time::Duration;

use serde_json::Value;

use super::{MessagesError, Outgoing, Sent};
use crate::config::{self, Secret};
use crate::http::{self, Answered, Bytes, Client, HeaderMap, HeaderName, HeaderValue, How, Message, Method, Uri};
pub(super) use template::TemplateError;
use template::{Template, Writing};

/// How many messages may be under way at once.
pub(super) const WINDOW: u16 = 16;
/// The longest answer that is read, in bytes.
const ANSWER_MAX: usize = 64 * 1024;
/// How long a connection may take to be there.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How much of a state that nobody knows is logged.
const SHOWN_MAX: usize = 32;

/// A gateway.
pub struct Gateway {
    client: Client,
    method: Method,
    url: Template,
    headers: Vec<(HeaderName, Template)>,
    body: Template,
    sender: String,
    token: Option<Secret>,
    deadline: Duration,
    idempotent: bool,
    answer: config::GatewayAnswer,
}

impl Gateway {
    pub(super) fn new(config: &config::Gateway, sender: &str, token: Option<Secret>) -> Result<Self, MessagesError> {
        let method = Method::from_bytes(config.method.as_bytes()).map_err(|_| TemplateError::Method)?;
        let header = |(name, value): (&String, &Secret)| {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| TemplateError::Header(name.clone()))?;
            Ok::<_, TemplateError>((name, Template::parse(value.reveal(), Writing::Plain)?))
        };
        let content = config.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let writing = Writing::of(content.map_or("", |(_, value)| value.reveal()));
        Ok(Self {
            client: client()?,
            method,
            url: Template::parse(&config.url, Writing::Url)?,
            headers: config.headers.iter().map(header).collect::<Result<_, _>>()?,
            body: Template::parse(&config.body, writing)?,
            sender: sender.to_owned(),
            token,
            deadline: Duration::from_secs(config.timeout_s.get().into()),
            idempotent: config.idempotent,
            answer: config.answer.clone(),
        })
    }

    pub(super) async fn send(&self, part: &Outgoing<'_>) -> Sent {
        let Some(message) = self.message(part) else { return Sent::Refused { why: "no request can be made of it".to_owned() } };
        let sent = match self.client.send(message, self.deadline).await {
            Ok(answer) => self.meaning(&answer),
            Err(lost) if lost.was_sent() => {
                tracing::warn!(%lost, "the gateway gave no answer to a message");
                Sent::Unknown
            }
            Err(lost) => Sent::Again { why: lost.to_string() },
        };
        match sent {
            Sent::Unknown if self.idempotent => Sent::Again { why: "not known, and asked again under its key".to_owned() },
            sent => sent,
        }
    }

    fn message(&self, part: &Outgoing<'_>) -> Option<Message> {
        let value = |name: &str| match name {
            "to" => part.to.e164(),
            "text" => part.text,
            "sender" => &self.sender,
            "key" => part.key,
            _ => self.token.as_ref().map_or("", Secret::reveal), // `token`: a template has no other names
        };
        let header = |(name, template): &(HeaderName, Template)| Some((name.clone(), HeaderValue::from_str(&template.fill(value)).ok()?));
        Some(Message {
            method: self.method.clone(),
            uri: self.url.fill(value).parse::<Uri>().ok()?,
            headers: self.headers.iter().map(header).collect::<Option<HeaderMap>>()?,
            body: Bytes::from(self.body.fill(value)),
        })
    }

    /// 429 and 503 say that nothing was taken; another 4xx, that it never will be; a 5xx says nothing at all.
    fn meaning(&self, answer: &Answered) -> Sent {
        let status = answer.status;
        match status {
            429 | 503 => return Sent::Again { why: format!("status {status}") },
            400..=499 if self.answer.state.is_none() => return Sent::Refused { why: format!("status {status}") },
            200..=299 => {}
            _ if self.answer.state.is_some() && status < 500 => {}
            _ => {
                tracing::warn!(status, "the gateway's answer to a message says nothing");
                return Sent::Unknown;
            }
        }
        let json = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let at = |pointer: &Option<String>| pointer.as_deref().and_then(|pointer| plain(json.pointer(pointer)?));
        let accepted = || Sent::Accepted { id: at(&self.answer.id) };
        if self.answer.state.is_none() {
            return accepted();
        }
        let state = at(&self.answer.state).unwrap_or_default();
        let is = |states: &[String]| states.contains(&state);
        if is(&self.answer.accepted) {
            accepted()
        } else if is(&self.answer.refused) {
            Sent::Refused { why: state }
        } else if is(&self.answer.again) {
            Sent::Again { why: state }
        } else {
            let state: String = state.chars().take(SHOWN_MAX).collect();
            tracing::warn!(status, state, "the gateway's answer to a message has no known state");
            Sent::Unknown
        }
    }
}

/// Trusts the certificate authorities of the system.
fn client() -> Result<Client, MessagesError> {
    let trusted = http::authorities();
    if trusted.is_empty() {
        return Err(MessagesError::Roots);
    }
    let tls = http::tls(trusted).map_err(MessagesError::Tls)?.with_no_client_auth();
    Ok(Client::new(How { tls, tls_only: false, connect: CONNECT_MAX, token_file: None, body_max: ANSWER_MAX }))
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(state: Option<&str>) -> Gateway {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let answer = config::GatewayAnswer {
            id: Some("/message/id".to_owned()),
            state: state.map(str::to_owned),
            accepted: words(&["ok", "0"]),
            refused: words(&["bad_number"]),
            again: words(&["busy"]),
        };
        let text =
            format!("messages: {{http: {{url: 'http://127.0.0.1:1/', timeout_s: 1, answer: {}}}}}", serde_json::json!({"id": answer.id}));
        let mut config = config::Config::parse("dauys.yaml", &text).unwrap().messages.http.unwrap();
        config.answer = answer;
        Gateway::new(&config, "1414", None).unwrap()
    }

    #[test]
    fn an_answer_means_what_the_configuration_says_and_nothing_else() {
        let accepted = |id: Option<&str>| Sent::Accepted { id: id.map(str::to_owned) };
        let refused = |why: &str| Sent::Refused { why: why.to_owned() };
        let again = |why: &str| Sent::Again { why: why.to_owned() };
        let cases = [
            (None, 200, r#"{"message": {"id": 17}}"#, accepted(Some("17"))),
            (None, 202, "garbage", accepted(None)),
            (None, 302, "", Sent::Unknown),
            (None, 400, "", refused("status 400")),
            (None, 429, "", again("status 429")),
            (None, 500, r#"{"state": "ok"}"#, Sent::Unknown),
            (None, 503, "", again("status 503")),
            (Some("/state"), 200, r#"{"state": "ok", "message": {"id": "a"}}"#, accepted(Some("a"))),
            (Some("/state"), 200, r#"{"state": 0}"#, accepted(None)),
            (Some("/state"), 200, r#"{"state": "bad_number"}"#, refused("bad_number")),
            (Some("/state"), 422, r#"{"state": "bad_number"}"#, refused("bad_number")),
            (Some("/state"), 200, r#"{"state": "busy"}"#, again("busy")),
            (Some("/state"), 200, r#"{"state": "other"}"#, Sent::Unknown),
            (Some("/state"), 200, "<html>", Sent::Unknown),
            (Some("/state"), 404, "not found", Sent::Unknown),
            (Some("/state"), 500, r#"{"state": "ok"}"#, Sent::Unknown),
        ];
        for (state, status, body, means) in cases {
            let answer = Answered { status, body: Bytes::from(body) };
            assert_eq!(gateway(state).meaning(&answer), means, "{state:?} {status} {body}");
        }
    }
}
