//! What the demo begins with: applications, and whose number is registered. Nobody's: the IINs are valid by their check digit only.

use super::Status;

/// One application.
pub(super) struct Application {
    pub(super) number: &'static str,
    pub(super) iin: &'static str,
    pub(super) document: &'static str,
    pub(super) status: Status,
    pub(super) branch: &'static str,
    /// Milliseconds since 1970.
    pub(super) submitted: i64,
}

const fn application(
    number: &'static str,
    iin: &'static str,
    document: &'static str,
    status: Status,
    branch: &'static str,
    day: i64,
) -> Application {
    Application { number, iin, document, status, branch, submitted: SUBMITTED + day * 86_400_000 }
}

/// 1 October 2026 in UTC.
const SUBMITTED: i64 = 1_790_812_800_000;

/// One for each status; each person's last one has another.
pub(super) const APPLICATIONS: [Application; 5] = [
    application("002512345678", "990101100010", "id_card", Status::Ready, "astana_esil", 20),
    application("002512345679", "850412100429", "passport", Status::InProgress, "almaty_auezov", 21),
    application("002512345680", "711231200774", "driving_licence", Status::NeedsAction, "shymkent_karatau", 22),
    application("002512345681", "850412100429", "vehicle_registration", Status::Rejected, "almaty_auezov", 3),
    application("002512345682", "711231200774", "address_certificate", Status::Issued, "astana_esil", 4),
];

/// The base of mobile citizens: whom letters can go to. 711231200774 is not in it.
pub(super) const CITIZENS: [(&str, &str); 2] = [("850412100429", "+77012340506"), ("990101100010", "+77012340507")];
