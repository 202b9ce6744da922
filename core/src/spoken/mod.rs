//! Values as words: numbers, dates, times, sums and rows of digits, in Kazakh and in Russian.
//!
//! A value becomes a [`Phrase`], from which both the text and the names of the clips are taken, so that what is read is what is heard. Words follow from rules of grammar
//! over the whole range, not from lists of finished answers. Knows nothing of who plays the clips.

mod form;
pub mod kazakh;
mod money;
mod phrase;
pub mod russian;
mod say;
pub mod table;

pub use form::{Form, Said, inventory, say};
pub use money::Money;
pub use phrase::{Ending, Phrase, Sound};
pub use say::{
    Inflection, NUMBER_MAX, Year, cardinal, date, digits, duration, grouped_digits, money, ordinal, percent, phone, range, time, weekday,
    weekday_date, when, year,
};
