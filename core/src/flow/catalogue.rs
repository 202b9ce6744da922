//! The sentences of faults, in English. Another language is another function of the same shape.

use super::fault::FaultKind;

impl FaultKind {
    /// The stable short name: `E01` YAML, `E02` shapes, `E03` names, `E04` types and arms, `E05` words, `E06` proofs, `W07` warnings.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FileTooLarge { .. } => "E0101",
            Self::TooManyFiles { .. } => "E0102",
            Self::NotYaml { .. } => "E0103",
            Self::TooDeep => "E0104",
            Self::TooManyNodes => "E0105",
            Self::DuplicateKey { .. } => "E0106",
            Self::AnchorOrTag => "E0107",
            Self::ManyDocuments => "E0108",
            Self::ControlCharacter { .. } => "E0109",
            Self::WrongShape { .. } => "E0201",
            Self::UnknownKey { .. } => "E0202",
            Self::MissingKey { .. } => "E0203",
            Self::BadValue { .. } => "E0204",
            Self::UnknownStepKind { .. } => "E0205",
            Self::Contradiction { .. } => "E0206",
            Self::MissingFile { .. } => "E0301",
            Self::WrongFlowName { .. } => "E0302",
            Self::NoSteps => "E0303",
            Self::DuplicateStep { .. } => "E0304",
            Self::Unknown { .. } => "E0305",
            Self::NoPressWords { .. } => "E0306",
            Self::WrongSlotType { .. } => "E0401",
            Self::SlotOfTwoTypes { .. } => "E0402",
            Self::MissingArm { .. } => "E0403",
            Self::UnknownArm { .. } => "E0404",
            Self::KeyTwice { .. } => "E0405",
            Self::ReservedKey { .. } => "E0406",
            Self::DayTwice { .. } => "E0307",
            Self::WrongStepForService { .. } => "E0407",
            Self::UndoUnfilled { .. } => "E0408",
            Self::UndoOfNothing { .. } => "E0409",
            Self::NeverAsked { .. } => "E0410",
            Self::PhrasesCollide { .. } => "E0411",
            Self::MissingLanguage { .. } => "E0501",
            Self::EmptyText { .. } => "E0502",
            Self::BadTemplate { .. } => "E0503",
            Self::DifferentVariables { .. } => "E0504",
            Self::LookalikeLetters { .. } => "E0505",
            Self::FilterMisfit { .. } => "E0506",
            Self::PromptTooLong { .. } => "E0507",
            Self::UnreachableStep { .. } => "E0601",
            Self::UnboundedLoop { .. } => "E0602",
            Self::NeedlessBound { .. } => "E0603",
            Self::UndefinedSlot { .. } => "E0604",
            Self::LoopWithoutTurn { .. } => "E0605",
            Self::CallCycle { .. } => "E0606",
            Self::LeftAlone { .. } => "E0607",
            Self::FarFromHuman { .. } => "E0608",
            Self::LongSilence { .. } => "E0609",
            Self::UnusedPrompt { .. } => "W0701",
        }
    }
}

/// (what was expected and what came, what to do).
pub(super) fn english(kind: &FaultKind) -> (String, String) {
    use FaultKind as F;
    let words = |message: String, help: &str| (message, help.to_owned());
    match kind {
        F::FileTooLarge { bytes } => words(format!("the file has {bytes} bytes, more than 1 MiB"), "split it"),
        F::TooManyFiles { files } => words(format!("the bundle has {files} files, more than 200"), "is the root the right folder?"),
        F::NotYaml { why } => words(format!("this is not YAML: {why}"), "check indentation, quotes and brackets here and just above"),
        F::TooDeep => words("too deeply nested".into(), "a flow needs no more than a few levels: look for brackets that do not close"),
        F::TooManyNodes => words("more than 50,000 values in one file".into(), "split the file"),
        F::DuplicateKey { key } => words(format!("`{key}` stands twice in this map"), "keep one of the two"),
        F::AnchorOrTag => {
            words("anchors (&), aliases (*) and tags (!) are not used in flows".into(), "write the value itself, in quotes if it is text")
        }
        F::ManyDocuments => words("a second YAML document begins here".into(), "one file is one document: remove `---`"),
        F::ControlCharacter { code } => words(format!("a control character (U+{code:04X})"), "save the file as plain UTF-8 text"),
        F::WrongShape { expected, came } => words(format!("expected {expected}, found {came}"), "see docs/flows.md for the spelling"),
        F::UnknownKey { key, of, nearest, known } => {
            (format!("`{key}` is not a key of {of}"), suggestion(nearest.as_deref(), || format!("known here: {known}")))
        }
        F::MissingKey { key, of } => (format!("{of} needs `{key}`"), format!("add `{key}: …`")),
        F::BadValue { expected, came } => {
            words(format!("expected {expected}, found `{came}`"), "write it as in the example of docs/flows.md")
        }
        F::UnknownStepKind { came, nearest } => (
            format!("there is no step `{came}`"),
            suggestion(nearest.as_deref(), || "a step is a map with one key that says what it does".into()),
        ),
        F::Contradiction { one, other } => words(format!("`{one}` and `{other}` exclude each other"), "keep one of the two"),
        F::MissingFile { file } => (format!("{file} is missing"), format!("create {file}")),
        F::WrongFlowName { expected, came } => {
            (format!("the flow calls itself `{came}`, its file says `{expected}`"), format!("write `flow: {expected}` or move the file"))
        }
        F::NoSteps => words("a flow needs at least one step".into(), "add a step under `steps:`"),
        F::DuplicateStep { id } => words(format!("two steps are called `{id}`"), "give one of them another id"),
        F::Unknown { what, name, nearest } => {
            (format!("there is no {what} `{name}`"), suggestion(nearest.as_deref(), || format!("define the {what}, or name another")))
        }
        F::NoPressWords { key } => {
            (format!("nothing says \"press {key}\""), format!("add \"{key}\" under `robot: press:` in flows/main.yaml"))
        }
        F::WrongSlotType { slot, is, expected } => words(format!("`{slot}` is {is}, expected {expected}"), "use a slot of that type"),
        F::SlotOfTwoTypes { slot, one, other } => words(format!("`{slot}` is {one} in one place and {other} in another"), "use two slots"),
        F::MissingArm { arm } => (
            format!("nothing says what follows `{arm}`"),
            format!("add `{arm}: {{}}` to go on with the next step, or `{arm}: {{goto: …}}`"),
        ),
        F::UnknownArm { arm, nearest } => (format!("`{arm}` can never come"), suggestion(nearest.as_deref(), || "remove it".into())),
        F::DayTwice { day } => words(format!("{day} stands twice in the calendar"), "keep one of the two"),
        F::WrongStepForService { service, step } => (
            format!("`{service}` is no service for this step: its contract is for `{step}`"),
            "a service that changes the world has `writes: yes` and is for `submit`, any other for `lookup`".into(),
        ),
        F::UndoUnfilled { service, field } => (
            format!("`{service}` asks `{field}`, which the submit neither answers with nor was asked with"),
            format!("add `{field}`, of the same type, to an answer of the submit's contract"),
        ),
        F::UndoOfNothing { service } => (
            format!("no outcome has what `{service}` needs to know which one it takes back"),
            "let an outcome answer with a reference that the undo asks".into(),
        ),
        F::NeverAsked { slot } => {
            words(format!("no step before this one asks the caller for `{slot}`"), "name a slot that an `ask` or a `choose` above fills")
        }
        F::PhrasesCollide { one, other } => (
            format!("`{one}` and `{other}` are the same to a caller who says one of them: no answer tells the choices apart"),
            "give one of the two choices other words, in `say` or in its label".into(),
        ),
        F::KeyTwice { key } => words(format!("two choices have the key {key}"), "give each choice its own key"),
        F::ReservedKey { key } => words(format!("the key {key} is taken everywhere: 0 operator, * repeat, # end of digits"), "use 1 to 9"),
        F::MissingLanguage { lang } => {
            (format!("the `{lang}` text is missing"), format!("add `{lang}: \"…\"`: every prompt exists in both languages"))
        }
        F::EmptyText { lang } => words(format!("the `{lang}` text says nothing"), "write words"),
        F::BadTemplate { why } => words(
            format!("a template that cannot be read: {why}"),
            "write {{ slot | say_digits }}; docs/flows.md has a table of the others",
        ),
        F::DifferentVariables { only, lang } => {
            words(format!("`{only}` is said in `{lang}` only"), "say the same values in both languages")
        }
        F::LookalikeLetters { word, letters } => {
            words(format!("`{word}` mixes Cyrillic with the Latin letters {letters}"), "type the word again with the Cyrillic keyboard")
        }
        F::PromptTooLong { pieces, most } => {
            words(format!("the prompt may have {pieces} pieces, more than {most}"), "cut it into two steps, or say fewer values")
        }
        F::FilterMisfit { filter, slot, is } => words(
            format!("`{filter}` cannot say `{slot}`, which is {is}"),
            "say_item is for items of the lexicon, say_digits for digits; docs/flows.md has a table of the others",
        ),
        F::UnreachableStep { id } => words(format!("no way leads to `{id}`"), "remove the step, or go to it"),
        F::UnboundedLoop { to } => words(format!("this goes back to `{to}` without a bound"), "add `at_most: 3, else: <a later step>`"),
        F::NeedlessBound { to } => words(format!("`{to}` lies ahead: nothing to bound"), "remove `at_most` and `else`"),
        F::UndefinedSlot { slot } => words(
            format!("`{slot}` may be empty here"),
            "fill it on every way that leads here, or ask with `if: {when: {filled: …}}` first",
        ),
        F::LoopWithoutTurn { to } => words(format!("a way round from `{to}` never listens to the caller"), "put a question into the loop"),
        F::CallCycle { through } => words(format!("this flow calls itself: {through}"), "use goto inside one flow"),
        F::LeftAlone { outcome } => (
            format!("a caller who says nothing, or whose services fail, may end here as `{outcome}`, without a human"),
            "lead that way to the operators or to a call back; outcomes that mean a human stand in `robot: human`".into(),
        ),
        F::FarFromHuman { turns, most } => words(
            format!("from here a silent caller may be asked {turns} times before a human comes, more than {most}"),
            "give up earlier: lower `tries` or a bound, or lead `give_up` to a human",
        ),
        F::LongSilence { ms, most_ms } => words(
            format!("nothing may be heard here for {ms} ms, more than {most_ms} ms"),
            "add a `filler` that comes in time, or shorten the deadline or `noinput_after`",
        ),
        F::UnusedPrompt { name } => words(format!("no flow says `{name}`"), "remove it, or say it"),
    }
}

fn suggestion(nearest: Option<&str>, otherwise: impl FnOnce() -> String) -> String {
    nearest.map_or_else(otherwise, |nearest| format!("did you mean `{nearest}`?"))
}
