//! `dauys services`: who answers for each service, and one question to one of them.

use std::collections::BTreeMap;

use clap::Subcommand;
use dauys_core::flow::graph::{Contract, Program, Type, Value};
use dauys_core::interpreter::Answer;
use jiff::Timestamp;
use serde_json::json;

use super::{Exit, Format, publish, runtime, say, shown};
use crate::bundle;
use crate::config::services::{Connector, Connectors, Method};
use crate::config::{Config, Disclosure, Given};
use crate::services::http::{self, Asked, Http, Shown, value};
use crate::services::{Asker, Request, Services, demo, patience};
use crate::store::{Store, StoreError};

/// How long the demo may take.
const DEMO_MS: u64 = 8000;

/// What `services` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What `dauys services` can do.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum What {
    /// Show who answers for each service
    List(Common),
    /// Ask a service once, and show what its answer comes to
    Try(Try),
}

/// Where the services are described.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Common {
    /// Whose flows, and whose data folder has the database of the demo.
    #[command(flatten)]
    pub place: publish::Place,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What `services try` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Try {
    /// The service, as flows/contracts.yaml names it
    pub name: String,
    /// The fields of the request
    #[arg(value_name = "FIELD=VALUE", value_parser = pair)]
    pub fields: Vec<(String, String)>,
    /// Really ask a service that changes the world
    #[arg(long)]
    pub submit: bool,
    /// Where the services are described
    #[command(flatten)]
    pub common: Common,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or_else(|| format!("expected FIELD=VALUE, not `{text}`"))?;
    Ok((field.to_owned(), value.to_owned()))
}

/// Lists or asks: 0 when that is done and there was an answer, 1 when there was none, 2 when the command line or the configuration is wrong.
pub fn run(args: &Args) -> Exit {
    let done = match &args.what {
        What::List(common) => common.open().map(|place| place.list(common.format)),
        What::Try(asked) => asked.common.open().and_then(|place| place.ask(asked)),
    };
    done.unwrap_or_else(|(exit, why)| {
        eprintln!("{why}");
        exit
    })
}

/// Why nothing was done, and how the command ends.
type Refused = (Exit, String);

fn usage(why: impl std::fmt::Display) -> Refused {
    (Exit::Usage, format!("error: {why}"))
}

/// A configuration and the contracts beside it.
/// The configuration, and the flows that it names.
struct Opened {
    config: Config,
    program: Program,
}

impl Common {
    fn open(&self) -> Result<Opened, Refused> {
        let config = self.place.read().map_err(|why| (Exit::Usage, shown(why)))?;
        let sources = bundle::read(&config.root).map_err(|why| (super::check::exit_of(&why), format!("error: {why}")))?;
        let program = bundle::compile(&sources).program;
        let program = program.ok_or_else(|| (Exit::Failed, "error: the flows have faults, see `dauys check`".to_owned()))?;
        Ok(Opened { config, program })
    }
}

impl Opened {
    fn list(&self, format: Format) -> Exit {
        let rows = self.program.contracts.iter().map(|contract| Row::of(contract, &self.config.services));
        match format {
            Format::Text => rows.for_each(|row| say(format_args!("{:<24} {:<6}  {}", row.name, row.kind, row.by))),
            Format::Json => say(json!(rows.map(|row| json!({"name": row.name, "kind": row.kind, "by": row.by})).collect::<Vec<_>>())),
        }
        Exit::Ok
    }

    fn ask(&self, asked: &Try) -> Result<Exit, Refused> {
        let known = self.program.contracts.iter().find(|contract| contract.name == asked.name);
        let contract =
            known.ok_or_else(|| usage(format_args!("flows/contracts.yaml has no service `{}`: see `dauys services list`", asked.name)))?;
        let request = request(contract, &asked.fields)?;
        if contract.writes && !asked.submit {
            return Err(usage(format_args!("`{}` changes the world: add --submit to ask it all the same", contract.name)));
        }
        let (sent, came) = runtime().block_on(self.answered(contract, request))?;
        let strange = strange_items(&came.answer, contract, &self.program);
        match asked.common.format {
            Format::Text => tell(sent.as_ref(), &came, &strange),
            Format::Json => say(as_json(sent.as_ref(), &came, &strange)),
        }
        let is_good = matches!(came.answer, Answer::Outcome { .. }) && strange.is_empty();
        Ok(if is_good { Exit::Ok } else { Exit::Failed })
    }

    async fn answered(&self, contract: &Contract, request: Request) -> Result<(Option<Shown>, Asked), Refused> {
        let key = contract.writes.then(|| getrandom::u64().map(|dice| format!("try-{dice:016x}"))).transpose();
        let key = key.map_err(|why| (Exit::Environment, format!("error: no randomness: {why}")))?;
        let mut connectors = self.config.services.clone();
        connectors.by_name.retain(|name, _| *name == contract.name);
        let faults = |faults: Vec<_>| (Exit::Usage, faults.into_iter().map(shown).collect());
        match Http::all(&connectors, &self.program, 0).map_err(faults)?.pop() {
            Some((_, service)) => Ok((service.shown(&request), service.ask(key.as_deref(), &request).await)),
            None if !demo::has(&contract.name) => {
                let attempts = vec!["nobody answers for it: describe it under `services` in dauys.yaml".to_owned()];
                Ok((None, Asked { answer: Answer::Unavailable, attempts }))
            }
            None => {
                let answer = self.demo(contract, key, request).await.map_err(|why| (Exit::Environment, format!("error: {why}")))?;
                Ok((None, Asked { answer, attempts: vec!["asked the demo".to_owned()] }))
            }
        }
    }

    async fn demo(&self, contract: &Contract, key: Option<String>, request: Request) -> Result<Answer, StoreError> {
        let store = Store::connect(&self.config.data, &self.config.store).await?;
        store.seed_demo().await?;
        let (now, longest) = (Timestamp::now(), patience(DEMO_MS));
        let services = Services::shipped(&store, &self.program.hours, &self.config.messages);
        let services = services.disclosing(Disclosure { bookings: Given::Iin }); // what it says is looked at, not what a caller is told
        Ok(match key {
            Some(key) => services.submit(&contract.name, key, request, now, longest).await,
            None => services.lookup(&contract.name, request, Asker { trusted: false, now }, longest).await,
        })
    }
}

/// A line of the list.
struct Row<'a> {
    name: &'a str,
    kind: &'static str,
    by: String,
}

impl<'a> Row<'a> {
    fn of(contract: &'a Contract, connectors: &Connectors) -> Self {
        let by = match connectors.by_name.get(&contract.name).map(|at| &at.value) {
            None | Some(Connector::Demo) if demo::has(&contract.name) => "demo".to_owned(),
            None | Some(Connector::Demo) => "nobody: always unavailable".to_owned(),
            Some(Connector::Http(http)) => format!("{} {}", verb(http.method), http.url.value),
        };
        Self { name: &contract.name, kind: if contract.writes { "submit" } else { "lookup" }, by }
    }
}

fn verb(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// What is written on the command line, in the types of the contract.
fn request(contract: &Contract, fields: &[(String, String)]) -> Result<Request, Refused> {
    let mut request = Request::new();
    for (field, text) in fields {
        let names = contract.request.keys().cloned().collect::<Vec<_>>().join(", ");
        let ty = contract.request.get(field);
        let ty = ty.ok_or_else(|| usage(format_args!("`{}` is asked with no `{field}`: expected {names}", contract.name)))?;
        let value = value(text, ty).ok_or_else(|| usage(format_args!("`{field}` is not what the contract calls for: {ty:?}")))?;
        request.insert(field.clone(), value);
    }
    Ok(request)
}

/// Items that stand in no list of the lexicon: the flow takes such an answer for none.
fn strange_items(answer: &Answer, contract: &Contract, program: &Program) -> Vec<String> {
    let Answer::Outcome { outcome, fields } = answer else { return Vec::new() };
    contract.outcomes.get(outcome).map_or_else(Vec::new, |types| strange_fields(fields, types, program))
}

fn strange_fields(fields: &BTreeMap<String, Value>, types: &BTreeMap<String, Type>, program: &Program) -> Vec<String> {
    let typed = fields.iter().filter_map(|(field, value)| Some((field, value, types.get(field)?)));
    let strange = typed.map(|(field, value, ty)| match (value, ty) {
        (Value::Item(item), Type::Item { list }) if !program.lexicon.get(list).is_some_and(|items| items.contains_key(item)) => {
            vec![format!("`{field}`: the list `{list}` of flows/lexicon.yaml has no `{item}`, so the flow gets `unavailable`")]
        }
        (Value::List(items), Type::List { fields, .. }) => items.iter().flat_map(|item| strange_fields(item, fields, program)).collect(),
        (_, _) => Vec::new(),
    });
    strange.flatten().collect()
}

fn tell(sent: Option<&Shown>, came: &Asked, strange: &[String]) {
    if let Some(Shown { request, headers, body }) = sent {
        say(request);
        headers.iter().for_each(say);
        say(format_args!("\n{body}\n"));
    }
    came.attempts.iter().for_each(say);
    match &came.answer {
        Answer::Outcome { outcome, fields } => {
            say(outcome);
            fields.iter().for_each(|(field, value)| say(format_args!("  {field}: {}", http::shown(value))));
        }
        other => say(named(other)),
    }
    strange.iter().for_each(say);
}

fn as_json(sent: Option<&Shown>, came: &Asked, strange: &[String]) -> serde_json::Value {
    let fields: BTreeMap<_, _> = came.answer.fields().into_iter().flatten().map(|(field, value)| (field, http::shown(value))).collect();
    json!({"sent": sent, "attempts": came.attempts, "outcome": named(&came.answer), "fields": fields, "strange": strange})
}

fn named(answer: &Answer) -> &str {
    match answer {
        Answer::Outcome { outcome, .. } => outcome,
        Answer::Unavailable => "unavailable",
        Answer::Unknown => "unknown",
        Answer::Errand(ending) => ending.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_nobody_answers_for_is_not_said_to_be_the_demos() {
        let by = |name: &str| {
            let contract = Contract { name: name.to_owned(), writes: true, request: BTreeMap::new(), outcomes: BTreeMap::new() };
            Row::of(&contract, &Connectors::default()).by
        };
        assert_eq!((by("booking_hold").as_str(), by("document_order").as_str()), ("demo", "nobody: always unavailable"));
    }
}
