//! The shape of `dauys.yaml`, for editors: which keys each part has, what stands under them, what they are for. The reader is `serde`; tests hold the two together.

use dauys_core::flow::schema::{self, Schema};
use dauys_core::flow::shape::{Key, Shape, Value, either, map, may, need};

/// The schema by which an editor knows the keys of the configuration.
pub fn schema() -> Schema {
    schema::of("dauys.schema.json", "the configuration of dauys: dauys.yaml", &Value::Map(&CONFIG))
}

const TEXT_OR_NULL: Value = Value::Either(&[Value::Text, Value::Nothing]);
const FLAG: Value = Value::Flag;
const NUMBER: Value = Value::Number;

const ADDRESS: Key = need("address", Value::Text, "an address or a network: 10.1.0.0/16", "адрес или сеть: 10.1.0.0/16");

static CONFIG: Shape = map(
    "a configuration",
    "конфигурация",
    &[
        may("sip", Value::Map(&SIP), "signalling", "сигнализация"),
        may("media", Value::Map(&MEDIA), "media", "звук"),
        may("flows", Value::Map(&FLOWS), "which flows serve", "какие сценарии работают"),
        may("messages", Value::Map(&MESSAGES), "text messages", "текстовые сообщения"),
        may("callbacks", Value::Map(&CALLBACKS), "calls back", "обратные звонки"),
        may("recording", Value::Map(&RECORDING), "recordings of calls", "записи звонков"),
        may("recognition", Value::Map(&RECOGNITION), "what callers say", "речь абонентов"),
        may("records", Value::Map(&RECORDS), "what is kept of calls, and how long", "что хранится о звонках и как долго"),
        may("services", Value::Named(&CONNECTOR), "who answers for the services that flows call", "кто отвечает за сервисы сценариев"),
        may(
            "disclosure",
            Value::Map(&DISCLOSURE),
            "what callers are told of themselves, by what they have given",
            "что говорится абоненту о нём самом, по тому, что он назвал",
        ),
        may("console", Value::Map(&CONSOLE), "health and metrics", "состояние и метрики"),
        may(
            "store",
            Value::Either(&[Value::Text, Value::Map(&STORE)]),
            "the database: sqlite, or postgres://USER@HOST/DATABASE",
            "база данных: sqlite или postgres://USER@HOST/DATABASE",
        ),
        may("data", Value::Text, "the folder of the database, event logs and bundles", "папка базы, журналов и сборок"),
        may("root", Value::Text, "the folder that holds flows/, prompts/ and audio/", "папка, где лежат flows/, prompts/ и audio/"),
        may("log", Value::Text, "what is logged: info,rsipstack=warn", "что пишется в журнал: info,rsipstack=warn"),
        may("drain_s", NUMBER, "how long calls may go on after SIGTERM, in seconds", "сколько секунд звонки могут длиться после SIGTERM"),
    ],
);

static SIP: Shape = map(
    "the signalling",
    "сигнализация",
    &[
        may("listen", Value::Text, "where requests are received, over UDP and TCP", "где принимаются запросы, по UDP и TCP"),
        may(
            "advertised",
            TEXT_OR_NULL,
            "the address that peers see, behind address translation",
            "адрес, который видят соседи, за трансляцией адресов",
        ),
        may("advertised_media", TEXT_OR_NULL, "the address of media, where it is another", "адрес для звука, если он другой"),
        may("numbers", Value::List(&Value::Text), "the numbers that are answered", "номера, на которые робот отвечает"),
        may(
            "trunks",
            Value::List(&Value::Either(&[Value::Text, Value::Map(&TRUNK)])),
            "who may call; empty: private networks",
            "кто может звонить; пусто — частные сети",
        ),
        may("codecs", Value::List(&Value::Word(&["pcma", "pcmu", "g722", "opus"])), "codecs, the best first", "кодеки, лучший первым"),
        may("registrations", Value::List(&Value::Map(&REGISTRATION)), "where the robot registers", "где робот регистрируется"),
        may("calls_max", NUMBER, "calls at once; one more is answered 503", "сколько звонков сразу; на следующий ответ 503"),
        may("retry_after_s", NUMBER, "Retry-After of that 503, in seconds", "Retry-After в этом 503, в секундах"),
        may("t1_ms", NUMBER, "T1 of RFC 3261, 10 to 4000 ms", "T1 из RFC 3261, от 10 до 4000 мс"),
        may("source_requests_per_s", NUMBER, "requests of one network per second", "запросов от одной сети в секунду"),
        may("tcp_connections_max", NUMBER, "TCP connections at once", "соединений TCP сразу"),
        may("tcp_connections_per_source_max", NUMBER, "TCP connections of one address", "соединений TCP с одного адреса"),
        may(
            "tcp_idle_s",
            NUMBER,
            "a silent TCP connection is closed after this",
            "через сколько секунд закрывается молчащее соединение TCP",
        ),
        may(
            "session_expires_s",
            NUMBER,
            "how long a session lasts without a refresh (RFC 4028)",
            "сколько секунд сессия живёт без обновления (RFC 4028)",
        ),
        may("min_se_s", NUMBER, "the shortest such time that is taken", "наименьшее такое время, которое принимается"),
    ],
);

static TRUNK: Shape = map(
    "a trunk",
    "транк",
    &[ADDRESS, may("trusted", FLAG, "whether its P-Asserted-Identity is believed", "верить ли его P-Asserted-Identity")],
);

static REGISTRATION: Shape = either(
    "a registration",
    "регистрация",
    &[
        need("registrar", Value::Text, "sip:HOST, sip:HOST:PORT, and ;transport=tcp", "sip:ХОСТ, sip:ХОСТ:ПОРТ, и ;transport=tcp"),
        need("user", Value::Text, "the user of our address there", "имя в нашем адресе там"),
        may("auth_user", TEXT_OR_NULL, "who we are in challenges, where it is not the user", "имя для проверки, если другое"),
        may("password", TEXT_OR_NULL, "the password", "пароль"),
        may("password_file", TEXT_OR_NULL, "a file whose first line is the password", "файл, первая строка которого — пароль"),
        may("number", TEXT_OR_NULL, "the number that its calls are for", "номер, на который идут её звонки"),
        may("expires_s", NUMBER, "how long is asked for, 60 to 86400 s", "на сколько просим, от 60 до 86400 с"),
    ],
    &[&["password"], &["password_file"]],
);

static MEDIA: Shape = map(
    "the media",
    "звук",
    &[
        may("ports", Value::Pattern("^ *[0-9]+ *- *[0-9]+ *$"), "ports of RTP and RTCP: 20000-29999", "порты RTP и RTCP: 20000-29999"),
        may("threads", NUMBER, "media threads", "потоков для звука"),
        may("realtime", FLAG, "whether real-time priority is asked for", "просить ли приоритет реального времени"),
        may("media_timeout_s", NUMBER, "no media for so long ends a call", "через сколько секунд без звука звонок кончается"),
    ],
);

static FLOWS: Shape = map(
    "the flows that serve",
    "работающие сценарии",
    &[may("source", Value::Word(&["auto", "published", "draft"]), "where they come from", "откуда они берутся")],
);

static MESSAGES: Shape = map(
    "the text messages",
    "текстовые сообщения",
    &[
        may("way", Value::Word(&["file", "smpp", "http"]), "which way they go", "каким путём они идут"),
        may("sender", Value::Text, "what the receiver sees: a number or a name", "что видит получатель: номер или имя"),
        may("validity_h", NUMBER, "hours after which nobody wants them, 1 to 72", "через сколько часов они уже не нужны, от 1 до 72"),
        may("quiet", Value::Text, "hours in which nobody is woken, or off", "часы, когда никого не будят, или off"),
        may("per_number_per_day", NUMBER, "the most to one number in 24 hours", "сколько самое большее одному номеру за сутки"),
        may("keep_days", NUMBER, "days that numbers and texts are kept", "сколько дней хранить номера и тексты"),
        may("foreign", FLAG, "whether numbers of other countries are sent to", "отправлять ли на номера других стран"),
        may("smpp", Value::Either(&[Value::Map(&SMPP), Value::Nothing]), "the SMS centre", "центр сообщений"),
        may("http", Value::Either(&[Value::Map(&GATEWAY), Value::Nothing]), "the gateway", "шлюз"),
    ],
);

static CALLBACKS: Shape = map(
    "the calls back",
    "обратные звонки",
    &[may(
        "capacity",
        NUMBER,
        "how many are booked for the hours of one day; 0: none",
        "сколько записывать на часы одного дня; 0 — ни одного",
    )],
);

static SMPP: Shape = either(
    "an SMS centre",
    "центр сообщений",
    &[
        need("address", Value::Text, "where it is: smsc.example.kz:2775", "где он: smsc.example.kz:2775"),
        need("system_id", Value::Text, "who we are there", "под каким именем мы там"),
        may("password", TEXT_OR_NULL, "the password", "пароль"),
        may("password_file", TEXT_OR_NULL, "a file whose first line is the password", "файл, первая строка которого — пароль"),
        may("system_type", Value::Text, "what kind of system we are", "какого мы вида"),
        may("window", NUMBER, "messages that may wait for their answer at once", "сколько сообщений сразу могут ждать ответа"),
        may("per_second", NUMBER, "the most that are sent in a second", "сколько самое большее в секунду"),
        may("enquire_link_s", NUMBER, "how often a silent centre is asked", "как часто спрашивать молчащий центр, в секундах"),
        may("response_s", NUMBER, "how long an answer is awaited", "сколько секунд ждать ответа"),
        may(
            "sender_ton_npi",
            Value::Either(&[Value::List(&NUMBER), Value::Nothing]),
            "type of number and numbering plan of the sender",
            "тип номера и план нумерации отправителя",
        ),
    ],
    &[&["password"], &["password_file"]],
);

static GATEWAY: Shape = map(
    "a gateway",
    "шлюз",
    &[
        need("url", Value::Text, "where it is", "где он"),
        may("method", Value::Text, "POST as when unwritten", "если не написано, POST"),
        may("headers", Value::Named(&Value::Text), "what stands above the request", "заголовки запроса"),
        may("body", Value::Text, "the request, with {{ to }}, {{ text }}, {{ key }}", "запрос, с {{ to }}, {{ text }}, {{ key }}"),
        may("token_file", TEXT_OR_NULL, "a file whose first line is {{ token }}", "файл, первая строка которого — {{ token }}"),
        may("timeout_s", NUMBER, "how long an answer is awaited", "сколько секунд ждать ответа"),
        may("idempotent", FLAG, "whether one key is one message, however often asked", "одно ли сообщение на ключ, сколько ни спрашивай"),
        may("answer", Value::Map(&GATEWAY_ANSWER), "what its answers mean", "что значат его ответы"),
    ],
);

static GATEWAY_ANSWER: Shape = map(
    "the answers of a gateway",
    "ответы шлюза",
    &[
        may("id", TEXT_OR_NULL, "where its name for the message stands: a JSON pointer", "где имя сообщения: указатель JSON"),
        may("state", TEXT_OR_NULL, "where the state stands: a JSON pointer", "где состояние: указатель JSON"),
        may("accepted", Value::List(&Value::Text), "states of what was taken", "состояния принятых"),
        may("refused", Value::List(&Value::Text), "states of what was not", "состояния отвергнутых"),
        may("again", Value::List(&Value::Text), "states of what is to be tried again", "состояния, при которых пробовать снова"),
    ],
);

static STORE: Shape = map(
    "a database server",
    "сервер базы данных",
    &[
        need("postgres", Value::Text, "postgres://USER@HOST:PORT/DATABASE", "postgres://USER@HOST:PORT/DATABASE"),
        may("password_file", TEXT_OR_NULL, "a file whose first line is the password", "файл, первая строка которого — пароль"),
    ],
);

static RECOGNITION: Shape = map(
    "the recogniser",
    "распознавание речи",
    &[
        may(
            "model",
            TEXT_OR_NULL,
            "the folder of its model; null: models/kkru-8k-v1 below root",
            "папка модели; null — models/kkru-8k-v1 в root",
        ),
        may(
            "threads",
            Value::Either(&[NUMBER, Value::Nothing]),
            "its threads; null: as many as there are cores, less one",
            "число потоков; null — по числу ядер без одного",
        ),
        may(
            "deadline_ms",
            NUMBER,
            "what is not recognised so long after an utterance counts as not understood",
            "что не распознано за это время после реплики, считается непонятым",
        ),
    ],
);

static RECORDING: Shape = map(
    "the recordings",
    "записи",
    &[
        may("enabled", FLAG, "whether calls are recorded", "записывать ли звонки"),
        may("disk_free_min_mb", NUMBER, "with less free on the disk nothing is recorded", "если свободно меньше, записи не ведутся"),
    ],
);

static RECORDS: Shape = map(
    "what is kept",
    "хранение",
    &[
        may(
            "keep_days",
            NUMBER,
            "days that logs and recordings are kept; 0: for ever",
            "сколько дней хранить журналы и записи; 0 — всегда",
        ),
        may(
            "sealed_keep_days",
            NUMBER,
            "days that sealed private rows are kept; 0: not at all",
            "сколько дней хранить запечатанные личные ряды; 0 — вовсе не хранить",
        ),
    ],
);

static DISCLOSURE: Shape = map(
    "what is told to whom",
    "кому что говорится",
    &[may(
        "bookings",
        Value::Word(&["iin", "iin_and_trusted_number", "number"]),
        "what opens somebody's bookings: an IIN, an IIN from a trusted number, or their numbers",
        "что открывает записи человека: ИИН, ИИН с доверенного номера или номер брони",
    )],
);

static CONSOLE: Shape = map(
    "the console",
    "консоль",
    &[may("listen", Value::Text, "an address for /health and /metrics, or off", "адрес для /health и /metrics или off")],
);

const CONNECTOR: Value = Value::Either(&[Value::Word(&["demo"]), Value::One(&CONNECTOR_KINDS)]);
const TEMPLATE: Value = Value::Words;
const POINTER: Key = may("pointer", Value::Words, "a place in JSON (RFC 6901): /status", "место в JSON (RFC 6901): /status");
const XPATH: Key = may("xpath", Value::Words, "a place in XML: /Envelope/Body/Answer/status", "место в XML: /Envelope/Body/Answer/status");

static CONNECTOR_KINDS: Shape =
    map("a connector", "подключение сервиса", &[may("http", Value::Map(&HTTP), "asked over HTTP", "запрос по HTTP")]);

static HTTP: Shape = map(
    "a service over HTTP",
    "сервис по HTTP",
    &[
        need("method", Value::Word(&["GET", "POST", "PUT", "PATCH", "DELETE"]), "the method", "метод"),
        need("url", TEMPLATE, "where; {{field}} in path and query", "адрес; {{поле}} в пути и запросе"),
        may("plain_http", FLAG, "whether http: will do, in a private network", "разрешить http: в частной сети"),
        may("headers", Value::Named(&TEMPLATE), "headers; {{field}} in values", "заголовки; {{поле}} в значениях"),
        may("body", Value::One(&BODY), "what is sent", "что отправляется"),
        may("token_file", TEXT_OR_NULL, "a file that holds a bearer token", "файл с токеном (Bearer)"),
        may("ca_file", TEXT_OR_NULL, "certificates (PEM) that are trusted instead of the system's", "доверенные сертификаты (PEM)"),
        may("cert_file", TEXT_OR_NULL, "our certificate (PEM)", "наш сертификат (PEM)"),
        may("key_file", TEXT_OR_NULL, "its key (PEM)", "ключ нашего сертификата (PEM)"),
        may("connect_ms", NUMBER, "the longest that connecting may take", "сколько может длиться соединение, мс"),
        may("attempt_ms", NUMBER, "the longest that one attempt may take", "сколько может длиться одна попытка, мс"),
        may("total_ms", NUMBER, "the longest that all attempts may take", "сколько могут длиться все попытки, мс"),
        may("retries", Value::Either(&[NUMBER, Value::Nothing]), "how often it is tried again, 0 to 3", "сколько повторов, от 0 до 3"),
        may("idempotency_header", TEXT_OR_NULL, "the header of the key of a change", "заголовок с ключом изменения"),
        may("breaker", Value::Map(&BREAKER), "when the server is left alone for a while", "когда сервер временно не спрашивают"),
        may("tables", Value::Named(&Value::Named(&Value::Words)), "their codes in our words", "их коды нашими словами"),
        need(
            "answers",
            Value::List(&Value::Map(&ANSWER)),
            "what answers mean, the first that fits",
            "что значат ответы; первый подошедший",
        ),
    ],
);

static BODY: Shape = map(
    "a body",
    "тело запроса",
    &[
        may("json", TEMPLATE, "JSON; {{field}} in its strings", "JSON; {{поле}} в строках"),
        may("xml", TEMPLATE, "XML; {{field}} in texts and attributes", "XML; {{поле}} в тексте и атрибутах"),
        may("form", Value::Named(&TEMPLATE), "a form; {{field}} in values", "форма; {{поле}} в значениях"),
    ],
);

static BREAKER: Shape = map(
    "a breaker",
    "предохранитель",
    &[
        may("failures", NUMBER, "so many failures in a row", "столько сбоев подряд"),
        may("open_s", NUMBER, "for so long it is left alone, in seconds", "столько секунд не спрашивать"),
    ],
);

static ANSWER: Shape = map(
    "an answer",
    "ответ сервиса",
    &[
        may("when", Value::Map(&WHEN), "which answers", "какие ответы"),
        need("outcome", Value::Words, "the contract's outcome, or unavailable", "исход из контракта или unavailable"),
        may("fields", Value::Named(&Value::Map(&SOURCE)), "where each field comes from", "откуда берётся каждое поле"),
    ],
);

static WHEN: Shape = map(
    "a condition",
    "условие",
    &[
        may("status", Value::Either(&[NUMBER, Value::Nothing]), "the status; else any 2xx", "статус; иначе любой 2xx"),
        POINTER,
        XPATH,
        may("equals", Value::Words, "the text at that place", "текст в этом месте"),
    ],
);

static SOURCE: Shape = map(
    "a source",
    "источник значения",
    &[
        POINTER,
        XPATH,
        may("value", Value::Words, "always this", "всегда это"),
        may("table", Value::Words, "the table of their codes", "таблица их кодов"),
        may("items", Value::Named(&Value::Map(&SOURCE)), "of a list: its items' fields", "поля каждого элемента списка"),
    ],
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Config;

    /// The keys that the reader knows in a map of the configuration: it names them all when one is none of them.
    fn keys_read(within: &dyn Fn(&str) -> String) -> BTreeSet<String> {
        let text = within("{none_of_them: 1}");
        let told = Config::parse("dauys.yaml", &text).expect_err("a key that nobody knows").to_string();
        let (_, expected) = told.split_once("unknown key `none_of_them`: expected one of ").unwrap_or_else(|| panic!("{text}: {told}"));
        expected.split(", ").map(str::to_owned).collect()
    }

    /// How many maps agree. A source has sources in it: one level of them is looked at.
    fn agree(shape: &Shape, within: &dyn Fn(&str) -> String) -> usize {
        if within("").matches("items").count() > 1 {
            return 0;
        }
        assert_eq!(shape.names().map(str::to_owned).collect::<BTreeSet<_>>(), keys_read(within), "{}", within("…"));
        1 + agree_below(shape, within)
    }

    fn agree_below(shape: &Shape, within: &dyn Fn(&str) -> String) -> usize {
        shape.keys.iter().map(|key| agree_on(&key.value, &|inner| within(&format!("{{{}: {inner}}}", key.name)))).sum()
    }

    fn agree_on(value: &Value, within: &dyn Fn(&str) -> String) -> usize {
        match value {
            Value::Map(shape) => agree(shape, within),
            Value::One(shape) => agree_below(shape, within), // the kinds of an enum
            Value::List(item) => agree_on(item, &|inner| within(&format!("[{inner}]"))),
            Value::Named(item) => agree_on(item, &|inner| within(&format!("{{any: {inner}}}"))),
            Value::Either(values) => values.iter().map(|value| agree_on(value, within)).sum(),
            Value::Text | Value::Words | Value::Duration | Value::Count(_) | Value::Number | Value::Flag | Value::Word(_) => 0,
            Value::Key | Value::Pattern(_) | Value::Nothing | Value::Step => 0,
        }
    }

    #[test]
    fn the_table_knows_the_keys_that_the_reader_knows() {
        let maps = agree(&CONFIG, &str::to_owned);
        assert!(maps > 8, "{maps}");
    }
}
