//! A connector as it is written, proved against its contract: whatever is read here can be sent, and every answer that a rule takes keeps the contract.
//!
//! Reads no file but what it is given.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use dauys_core::flow::graph::{Act, Contract, Program, ServiceId, Type, Value};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::document::{Kind, Path};
use super::mapping::{self, Means, Rule, Rules, Source};
use super::template::{Absent, JsonTemplate, Pairs, Template, Values, header, one_of, percent, xml, xml_template};
use crate::config::services::{self as config, At, Wrong};
use crate::http::Message;
use crate::services::Request;

/// A name that every service has beside its outcomes.
const UNAVAILABLE: &str = "unavailable";
/// The most that it is tried again.
const RETRIES_MAX: u32 = 3;
/// The longest that a service may take, in milliseconds.
const TOTAL_MS_MAX: u32 = 60_000;
/// Headers that are ours to write.
const OURS: [&str; 6] = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te"];

/// What is sent to a server, and what its answers mean.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    method: hyper::Method,
    url: Url,
    headers: Vec<(HeaderName, Template)>,
    body: Option<Body>,
    idempotency_header: Option<HeaderName>,
    pub(super) rules: Rules,
    /// Whether it changes the world.
    pub(super) writes: bool,
    pub(super) attempt: Duration,
    pub(super) total: Duration,
    pub(super) retries: u32,
    pub(super) failures_max: u32,
    pub(super) open_for: Duration,
}

#[derive(Clone, Debug)]
struct Url {
    /// `https://gateway.example.kz:8443`
    origin: String,
    path: Template,
    query: Option<Pairs>,
}

#[derive(Clone, Debug)]
enum Body {
    Json(JsonTemplate),
    Xml(Template),
    Form(Pairs),
}

impl Plan {
    /// What is to be sent. `None` when a value is missing from the path or cannot stand where it should.
    pub(super) fn message(&self, values: Values<'_>, key: Option<&str>) -> Option<Message> {
        let mut headers = HeaderMap::new();
        for (name, template) in &self.headers {
            if let Some(value) = template.fill(values, Absent::Fails, header) {
                headers.insert(name, HeaderValue::try_from(value).ok()?);
            } else if template.fields().all(|field| values.request.contains_key(field)) {
                return None; // it is there, and no header can hold it
            }
        }
        if let (Some(name), Some(key)) = (&self.idempotency_header, key) {
            headers.insert(name, HeaderValue::try_from(key).ok()?);
        }
        let body = match &self.body {
            Some(body) => {
                headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(body.media_type()));
                body.fill(values)?
            }
            None => Bytes::new(),
        };
        Some(Message { method: self.method.clone(), uri: self.url.fill(values)?.parse().ok()?, headers, body })
    }
}

impl Url {
    fn fill(&self, values: Values<'_>) -> Option<String> {
        let path = self.path.fill(values, Absent::Fails, percent)?;
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return None; // a value that would go up
        }
        let query = self.query.as_ref().map(|query| query.fill(values)).filter(|query| !query.is_empty());
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        Some(format!("{}{path}{query}", self.origin))
    }
}

impl Body {
    fn media_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Xml(_) => "text/xml; charset=utf-8",
            Self::Form(_) => "application/x-www-form-urlencoded",
        }
    }

    fn fill(&self, values: Values<'_>) -> Option<Bytes> {
        match self {
            Self::Json(json) => Some(json.fill(values)?.to_string().into()),
            Self::Xml(template) => template.fill(values, Absent::IsEmpty, xml).map(Bytes::from),
            Self::Form(pairs) => Some(pairs.fill(values).into()),
        }
    }
}

/// Proves a connector.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn prove(http: &config::Http, id: ServiceId, program: &Program) -> Result<Plan, Vec<Wrong>> {
    let contract = &program.contracts[usize::from(id.0)];
    let mut prover = Prover { http, contract, program, wrong: Vec::new() };
    let plan = prover.plan(id);
    match plan {
        Some(plan) if prover.wrong.is_empty() => Ok(plan),
        Some(_) | None => Err(prover.wrong),
    }
}

/// Goes through a connector, and notes what is wrong.
struct Prover<'a> {
    http: &'a config::Http,
    contract: &'a Contract,
    program: &'a Program,
    wrong: Vec<Wrong>,
}

impl Prover<'_> {
    fn plan(&mut self, id: ServiceId) -> Option<Plan> {
        let http = self.http;
        self.times(id);
        self.files();
        let url = self.url();
        let headers = http.headers.iter().filter_map(|(name, text)| self.header(name, text)).collect();
        let body = http.body.as_ref().map(|body| self.body(body));
        let idempotency_header = http.idempotency_header.as_ref().and_then(|name| self.header_name(&name.value, name));
        let retries = self.retries();
        let rules = self.rules();
        Some(Plan {
            method: method(http.method),
            url: url?,
            headers,
            body: body.map_or(Some(None), |body| body.map(Some))?,
            idempotency_header,
            rules,
            writes: self.contract.writes,
            attempt: Duration::from_millis(http.attempt_ms.value.into()),
            total: Duration::from_millis(http.total_ms.value.into()),
            retries,
            failures_max: http.breaker.failures.value,
            open_for: Duration::from_secs(http.breaker.open_s.value.into()),
        })
    }

    fn blame<T>(&mut self, here: &At<T>, message: impl Into<String>) {
        self.wrong.push(here.wrong(message));
    }

    /// The value; what is wrong with it is blamed on the place.
    fn sound<T, U>(&mut self, here: &At<U>, result: Result<T, String>) -> Option<T> {
        result.map_err(|why| self.blame(here, why)).ok()
    }

    fn range(&mut self, number: &At<u32>, least: u32, most: u32, unit: &str) {
        if !(least..=most).contains(&number.value) {
            self.blame(number, format!("expected {least} to {most}{unit}, not {}", number.value));
        }
    }

    /// An attempt within all of them, and all of them before the flow gives up.
    fn times(&mut self, id: ServiceId) {
        let http = self.http;
        self.range(&http.connect_ms, 1, TOTAL_MS_MAX, " ms");
        self.range(&http.attempt_ms, 1, TOTAL_MS_MAX, " ms");
        self.range(&http.total_ms, 1, TOTAL_MS_MAX, " ms");
        self.range(&http.breaker.failures, 1, 1000, " failures");
        self.range(&http.breaker.open_s, 1, 3600, " s");
        if http.attempt_ms.value > http.total_ms.value {
            self.blame(
                &http.attempt_ms,
                format!("one attempt of {} ms does not fit into total_ms, {} ms", http.attempt_ms.value, http.total_ms.value),
            );
        }
        if let Some((deadline, flow, step)) = shortest_deadline(self.program, id)
            && u128::from(http.total_ms.value) > deadline.as_millis()
        {
            let (total, deadline) = (http.total_ms.value, deadline.as_millis());
            self.blame(
                &http.total_ms,
                format!("{total} ms are longer than the deadline of {deadline} ms of `{step}` in flow `{flow}`: expected as much at most"),
            );
        }
    }

    fn files(&mut self) {
        let http = self.http;
        match (&http.cert_file, &http.key_file) {
            (Some(file), None) => self.blame(file, "a certificate without its key: expected key_file, too"),
            (None, Some(file)) => self.blame(file, "a key without its certificate: expected cert_file, too"),
            (Some(_), Some(_)) | (None, None) => {}
        }
        if !http.url.value.starts_with("https:") {
            for file in [&http.ca_file, &http.cert_file, &http.key_file].into_iter().flatten() {
                self.blame(file, "certificates are for https: only");
            }
        }
    }

    fn retries(&mut self) -> u32 {
        let is_safe = !self.contract.writes || self.http.idempotency_header.is_some();
        match &self.http.retries {
            None => u32::from(is_safe),
            Some(retries) => {
                self.range(retries, 0, RETRIES_MAX, " retries");
                if !is_safe && retries.value > 0 {
                    self.blame(
                        retries,
                        "a change is tried again only under a key: expected idempotency_header, which the server honours, or no retries",
                    );
                }
                retries.value
            }
        }
    }

    fn url(&mut self) -> Option<Url> {
        let (http, fields) = (self.http, &self.contract.request);
        let here = &http.url;
        let wrong = "expected a URL such as https://gateway.example.kz/documents/{{application}}?lang=kk";
        let Some((scheme, rest)) = here.value.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme)) else {
            self.blame(here, format!("{wrong}, not `{}`", here.value));
            return None;
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let is_host = authority.parse::<hyper::http::uri::Authority>().is_ok() && !authority.contains(['@', '{', '%']);
        if !is_host || here.value.contains('#') {
            self.blame(here, format!("{wrong}, without a user, a fragment or a place for a value in its host"));
        }
        if scheme == "http" && !(http.plain_http && is_near(authority)) {
            self.blame(
                here,
                "expected https:, or `plain_http: true` with an address of this machine or of a private network: what is sent is personal",
            );
        }
        let path = self.sound(here, Template::parse(if path.is_empty() { "/" } else { path }, fields));
        let pairs = |query: &str| Pairs::parse(query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))), fields);
        let query = query.map(|query| self.sound(here, pairs(query)));
        let url = Url { origin: format!("{scheme}://{authority}"), path: path?, query: query.map_or(Some(None), |query| query.map(Some))? };
        if sample(&url, fields).is_none() {
            self.blame(here, wrong);
        }
        Some(url)
    }

    fn header(&mut self, name: &str, text: &At<String>) -> Option<(HeaderName, Template)> {
        let name = self.header_name(name, text)?;
        if header(&text.value).is_none() {
            self.blame(text, "expected visible ASCII in a header");
        }
        let template = self.sound(text, Template::parse(&text.value, &self.contract.request))?;
        Some((name, template))
    }

    fn header_name(&mut self, name: &str, here: &At<String>) -> Option<HeaderName> {
        let found = HeaderName::try_from(name).ok();
        let is_ours = found.as_ref().is_some_and(|name| OURS.contains(&name.as_str()));
        let is_secret = found.as_ref().is_some_and(|name| ["authorization", "proxy-authorization", "cookie"].contains(&name.as_str()));
        match found {
            None => self.blame(here, format!("expected the name of a header, not `{name}`")),
            Some(_) if is_ours => self.blame(here, format!("`{name}` is written by dauys")),
            Some(_) if is_secret => self.blame(here, format!("`{name}` is a secret, and this file is none: expected token_file")),
            Some(name) => return Some(name),
        }
        None
    }

    fn body(&mut self, body: &At<config::Body>) -> Option<Body> {
        let fields = &self.contract.request;
        if self.http.method == config::Method::Get {
            self.blame(body, "a GET has no body: expected POST, or its fields in the url");
        }
        let read = match &body.value {
            config::Body::Json(text) => JsonTemplate::parse(text, fields).map(Body::Json),
            config::Body::Xml(text) => xml_template(text, fields).map(Body::Xml),
            config::Body::Form(pairs) => {
                let escaped: Vec<_> = pairs.iter().map(|(name, text)| (percent(name).unwrap_or_default(), text.as_str())).collect();
                Pairs::parse(escaped.iter().map(|(name, text)| (name.as_str(), *text)), fields).map(Body::Form)
            }
        };
        self.sound(body, read)
    }

    fn rules(&mut self) -> Rules {
        let (http, contract) = (self.http, self.contract);
        let mut kinds = Vec::new();
        let rules: Vec<Rule> = http.answers.value.iter().filter_map(|rule| self.rule(rule, &mut kinds)).collect();
        if let Some((_, odd)) = kinds.iter().find(|(kind, _)| *kind != kinds[0].0) {
            self.wrong
                .push(Wrong { message: "an answer is JSON or XML: expected pointers or xpaths throughout".to_owned(), ..odd.clone() });
        }
        let said = |outcome: &str| http.answers.value.iter().any(|rule| rule.value.outcome.value == outcome);
        let missing: Vec<_> = contract.outcomes.keys().filter(|outcome| !said(outcome)).collect();
        if !missing.is_empty() {
            self.blame(
                &http.answers,
                format!("no answer means {}: expected a rule for every outcome of the contract", one_of(missing.into_iter())),
            );
        }
        Rules { kind: kinds.first().map_or(Kind::Json, |(kind, _)| *kind), rules }
    }

    fn rule(&mut self, rule: &At<config::Rule>, kinds: &mut Vec<(Kind, Wrong)>) -> Option<Rule> {
        let config::When { status, pointer, xpath, equals } = &rule.value.when;
        if let Some(status) = status {
            self.range(status, 100, 599, "");
        }
        let path = self.path(rule, pointer.as_ref(), xpath.as_ref(), kinds);
        if let (Some(equals), None, None) = (equals, pointer, xpath) {
            self.blame(equals, "equal to what? expected a pointer or an xpath beside it");
        }
        let means = self.means(rule, kinds)?;
        let status = status.as_ref().and_then(|status| u16::try_from(status.value).ok());
        Some(Rule { status, at: path.map(|path| (path, equals.as_ref().map(|text| text.value.clone()))), means })
    }

    fn means(&mut self, rule: &At<config::Rule>, kinds: &mut Vec<(Kind, Wrong)>) -> Option<Means> {
        let (outcome, given) = (&rule.value.outcome, &rule.value.fields);
        let Some(fields) = self.contract.outcomes.get(&outcome.value) else {
            if outcome.value == UNAVAILABLE && given.is_empty() {
                return Some(Means::Unavailable);
            }
            let known = self.contract.outcomes.keys().map(String::as_str).chain([UNAVAILABLE]);
            self.blame(outcome, format!("the contract has no outcome `{}`: expected {}", outcome.value, one_of(known)));
            return None;
        };
        let fields = self.fields(outcome, fields, given, kinds)?;
        Some(Means::Outcome { name: outcome.value.clone(), fields })
    }

    /// A source for every field, and no other.
    fn fields<T>(
        &mut self,
        here: &At<T>,
        fields: &BTreeMap<String, Type>,
        given: &BTreeMap<String, At<config::Source>>,
        kinds: &mut Vec<(Kind, Wrong)>,
    ) -> Option<BTreeMap<String, Source>> {
        for (field, source) in given.iter().filter(|(field, _)| !fields.contains_key(*field)) {
            self.blame(source, format!("the contract has no field `{field}` here: expected {}", one_of(fields.keys())));
        }
        let missing: Vec<_> = fields.keys().filter(|field| !given.contains_key(*field)).collect();
        if !missing.is_empty() {
            self.blame(here, format!("{} has no source: expected one below `fields`", one_of(missing.into_iter())));
            return None;
        }
        let sources = given.iter().filter_map(|(field, source)| Some((field.clone(), self.source(source, fields.get(field)?, kinds))));
        sources.map(|(field, source)| Some((field, source?))).collect()
    }

    fn source(&mut self, source: &At<config::Source>, ty: &Type, kinds: &mut Vec<(Kind, Wrong)>) -> Option<Source> {
        let config::Source { pointer, xpath, value, table, items } = &source.value;
        match (value, ty, items) {
            (Some(text), _, None) if pointer.is_none() && xpath.is_none() && table.is_none() => {
                let read = mapping::value(&text.value, ty).filter(|value| self.is_known(value, ty));
                self.sound(text, read.map(Source::Constant).ok_or_else(|| format!("expected {}, not `{}`", named(ty), text.value)))
            }
            (None, Type::List { fields, most }, Some(items)) if table.is_none() => {
                let path = self.path(source, pointer.as_ref(), xpath.as_ref(), kinds);
                let fields = self.fields(source, fields, items, kinds);
                let path = self.sound(source, path.ok_or_else(|| "where is the list? expected a pointer or an xpath".to_owned()));
                Some(Source::List { path: path?, most: usize::from(*most), fields: fields? })
            }
            (None, ty, None) if !matches!(ty, Type::List { .. }) => {
                let path = self.path(source, pointer.as_ref(), xpath.as_ref(), kinds);
                let table = table.as_ref().map(|name| self.table(name, ty));
                let path = self.sound(source, path.ok_or_else(|| "expected a pointer, an xpath or a value".to_owned()));
                Some(Source::Value { path: path?, ty: ty.clone(), table: table.map_or(Some(None), |table| table.map(Some))? })
            }
            (_, Type::List { .. }, _) => {
                self.blame(source, "expected of a list a pointer or an xpath, and `items` with a source for each field");
                None
            }
            (_, _, _) => {
                self.blame(
                    source,
                    format!("expected for {} one of pointer, xpath and value, and `table` beside the first two only", named(ty)),
                );
                None
            }
        }
    }

    fn path<T>(
        &mut self,
        here: &At<T>,
        pointer: Option<&At<String>>,
        xpath: Option<&At<String>>,
        kinds: &mut Vec<(Kind, Wrong)>,
    ) -> Option<Path> {
        let (text, read) = match (pointer, xpath) {
            (None, None) => return None,
            (Some(_), Some(_)) => {
                self.blame(here, "expected a pointer or an xpath, not both");
                return None;
            }
            (Some(text), None) => (text, Path::pointer(&text.value)),
            (None, Some(text)) => (text, Path::xpath(&text.value)),
        };
        let path = self.sound(text, read)?;
        kinds.push((path.kind(), text.wrong("")));
        Some(path)
    }

    /// A table whose every word is one of the type.
    fn table(&mut self, name: &At<String>, ty: &Type) -> Option<BTreeMap<String, String>> {
        let http = self.http;
        let Some(table) = http.tables.get(&name.value) else {
            self.blame(name, format!("there is no table `{}`: expected {}", name.value, one_of(http.tables.keys())));
            return None;
        };
        for word in table.values() {
            if !mapping::value(&word.value, ty).is_some_and(|value| self.is_known(&value, ty)) {
                self.blame(word, format!("expected {}, not `{}`", named(ty), word.value));
            }
        }
        Some(table.iter().map(|(code, word)| (code.clone(), word.value.clone())).collect())
    }

    /// Whether an item stands in its list.
    fn is_known(&self, value: &Value, ty: &Type) -> bool {
        match (value, ty) {
            (Value::Item(item), Type::Item { list }) => self.program.lexicon.get(list).is_some_and(|items| items.contains_key(item)),
            (_, _) => true,
        }
    }
}

/// What a type is called in messages.
fn named(ty: &Type) -> String {
    match ty {
        Type::Iin => "an IIN".to_owned(),
        Type::Application => "the number of an application".to_owned(),
        Type::Digits => "digits".to_owned(),
        Type::Count => "a whole number".to_owned(),
        Type::Flag => "true or false".to_owned(),
        Type::Item { list } => format!("an item of the list `{list}` of flows/lexicon.yaml"),
        Type::Date => "a day such as 2026-11-24".to_owned(),
        Type::Time => "a time such as 09:15".to_owned(),
        Type::Money => "a sum such as 17300.50".to_owned(),
        Type::List { .. } => "a list".to_owned(),
        Type::Phone => "a telephone number".to_owned(),
        Type::Place => "a place".to_owned(),
        Type::Message => "a spoken message".to_owned(),
    }
}

fn method(method: config::Method) -> hyper::Method {
    match method {
        config::Method::Get => hyper::Method::GET,
        config::Method::Post => hyper::Method::POST,
        config::Method::Put => hyper::Method::PUT,
        config::Method::Patch => hyper::Method::PATCH,
        config::Method::Delete => hyper::Method::DELETE,
    }
}

/// Whether a URL can be made of it, whatever the values: they are percent-encoded.
fn sample(url: &Url, fields: &BTreeMap<String, Type>) -> Option<hyper::Uri> {
    let request: Request = fields.keys().map(|field| (field.clone(), Value::Digits("0".to_owned()))).collect();
    url.fill(Values { request: &request, are_masked: false })?.parse().ok()
}

/// This machine, or an address of a private network.
fn is_near(authority: &str) -> bool {
    let host =
        authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(authority, |(host, _)| host);
    match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Err(_) => host == "localhost",
    }
}

/// The shortest time that a flow waits for this service, and which step of which flow does.
fn shortest_deadline(program: &Program, id: ServiceId) -> Option<(Duration, &str, &str)> {
    let steps = program.flows.iter().flat_map(|flow| flow.steps.iter().map(move |step| (flow, step)));
    let waits = steps.filter_map(|(flow, step)| match &step.act {
        Act::Lookup(lookup) if lookup.service == id => Some((lookup.deadline, flow.name.as_str(), step.id.as_str())),
        Act::Submit(submit) if submit.lookup.service == id => Some((submit.lookup.deadline, flow.name.as_str(), step.id.as_str())),
        Act::Lookup(_) | Act::Submit(_) => None,
        Act::Say { .. } | Act::Ask(_) | Act::Form(_) | Act::Menu(_) | Act::Confirm(_) | Act::Choose(_) | Act::Errand(_) => None,
        Act::If { .. } | Act::Switch { .. } | Act::Set(_) | Act::Clear(_) | Act::Goto(_) | Act::Call { .. } | Act::Return(_) => None,
        Act::Route(_) | Act::Record(_) | Act::Survey(_) | Act::End { .. } | Act::Language(_) => None,
    });
    waits.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_near() {
        for near in ["localhost:80", "127.0.0.1", "127.0.0.1:8080", "10.20.0.5:8080", "192.168.1.1", "[::1]", "[::1]:8080", "[fd00::1]:80"]
        {
            assert!(is_near(near), "{near}");
        }
        for far in
            ["gateway.example.kz", "localhost.example.kz", "8.8.8.8:80", "169.254.169.254", "0.0.0.0", "[2001:db8::1]", "[fe80::1]:80"]
        {
            assert!(!is_near(far), "{far}");
        }
    }
}
