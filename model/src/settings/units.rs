//! Numbers of flags and settings, in the flag's own unit or in another one: `512MiB`, `7d`, `1.5s`.
//!
//! A number that is written in another unit is converted where that is exact, and refused where it is not: a setting is
//! never a little different from what was written.

use std::ops::{Bound, RangeBounds};

/// More of days than this is taken for a mistake; what is added to a clock has to fit its times.
const MOST_DAYS: u64 = 36_500;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things, without any unit.
    Number,
    /// Bytes.
    Bytes,
    /// Thousandths of a second.
    Millis,
    /// Seconds.
    Seconds,
    /// Hours.
    Hours,
    /// Days of 24 hours.
    Days,
}

/// The units of sizes, each with its bytes: those of 1,000 and those of 1,024. The shortest text of a size is in the last
/// one that fits.
const SIZES: [(&str, u64); 9] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// The units of time, each with its milliseconds.
const TIMES: [(&str, u64); 6] =
    [("ms", 1), ("s", SECOND), ("m", MINUTE), ("h", HOUR), ("d", DAY), ("w", 7 * DAY)];

/// Other words for the same.
const WORDS: [(&str, &str); 21] = [
    ("byte", "B"),
    ("bytes", "B"),
    ("millis", "ms"),
    ("millisecond", "ms"),
    ("milliseconds", "ms"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("week", "w"),
    ("weeks", "w"),
];

/// A whole number of a setting.
pub trait Whole: TryFrom<u64> + Clone + Send + Sync + 'static {
    /// The greatest one.
    const MOST: u64;
}

impl Whole for u64 {
    const MOST: u64 = u64::MAX;
}

impl Whole for u32 {
    const MOST: u64 = u32::MAX as u64;
}

impl Whole for i32 {
    const MOST: u64 = i32::MAX as u64;
}

impl Whole for usize {
    const MOST: u64 = usize::MAX as u64;
}

impl Unit {
    /// How many of its least unit one of it has.
    const fn size(self) -> u64 {
        match self {
            Self::Number | Self::Bytes | Self::Millis => 1,
            Self::Seconds => SECOND,
            Self::Hours => HOUR,
            Self::Days => DAY,
        }
    }

    /// The units that may be written for it.
    const fn known(self) -> &'static [(&'static str, u64)] {
        match self {
            Self::Number => &[],
            Self::Bytes => &SIZES,
            Self::Millis | Self::Seconds | Self::Hours | Self::Days => &TIMES,
        }
    }

    /// The greatest number that is taken.
    const fn most(self) -> u64 {
        match self {
            Self::Number | Self::Bytes => u64::MAX,
            of_time => MOST_DAYS * (DAY / of_time.size()),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Bytes => "bytes",
            Self::Millis => "milliseconds",
            Self::Seconds => "seconds",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    /// What to write.
    const fn wanted(self) -> &'static str {
        match self {
            Self::Number => "write a whole number, such as 100",
            Self::Bytes => "write a number of bytes, or one with KB, MB, GB, KiB, MiB or GiB, such as 512MiB",
            Self::Millis => {
                "write a number of milliseconds, or one with ms, s, m, h or d, such as 5000 or 5s"
            }
            Self::Seconds => "write a number of seconds, or one with s, m, h or d, such as 300 or 5m",
            Self::Hours => "write a number of hours, or one with h or d, such as 48 or 2d",
            Self::Days => "write a number of days, or one with d or w, such as 7 or 7d",
        }
    }

    /// What reads a flag of this unit within bounds.
    pub fn within<T: Whole>(
        self,
        range: impl RangeBounds<u64>,
    ) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
        let least = match range.start_bound() {
            Bound::Included(least) => *least,
            Bound::Excluded(below) => below.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let most = match range.end_bound() {
            Bound::Included(most) => *most,
            Bound::Excluded(above) => above.saturating_sub(1),
            Bound::Unbounded => u64::MAX,
        };
        let most = most.min(self.most()).min(T::MOST);
        move |text| {
            let number = self.read(text)?;
            let number = number.filter(|number| (least..=most).contains(number));
            number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| self.bounds(least, most))
        }
    }

    /// What reads a flag of this unit.
    pub fn any<T: Whole>(self) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
        self.within(..)
    }

    /// The number, in this unit; `None` where it is greater than any.
    fn read(self, text: &str) -> Result<Option<u64>, String> {
        let wanted = self.wanted();
        let text = text.trim();
        let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '_')).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number = Decimal::read(number).ok_or_else(|| wanted.to_owned())?;
        let size = match unit.trim() {
            "" => self.size(),
            unit => self.unit(unit).map_err(|problem| format!("{problem}; {wanted}"))?,
        };
        let inexact = || match self {
            Self::Number => wanted.to_owned(),
            _ => format!("{text} is no whole number of {}; {wanted}", self.name()),
        };
        number.times(size, self.size()).map_err(|Inexact| inexact())
    }

    /// How many of its least unit one of a unit has that was written.
    fn unit(self, unit: &str) -> Result<u64, String> {
        let size = |name: &str| self.known().iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let word = WORDS.iter().find(|(word, _)| unit.eq_ignore_ascii_case(word));
        let short = word.map_or(unit, |(_, short)| short);
        // A month is no length of time, and its letter no minute.
        if let Some((_, size)) = size(short).or_else(|| size(&format!("{short}B"))).filter(|_| unit != "M") {
            let is_letter = self == Self::Bytes && unit.len() == 1 && !unit.eq_ignore_ascii_case("B");
            return if is_letter { Err(ambiguous(unit)) } else { Ok(*size) };
        }
        Err(match self {
            Self::Number => format!("{unit:?} is no part of a number"),
            Self::Bytes if unit == "M" => ambiguous(unit),
            Self::Bytes => format!("{unit:?} is no unit of bytes"),
            _ => format!("{unit:?} is no unit of time"),
        })
    }

    fn bounds(self, least: u64, most: u64) -> String {
        let told = |number| self.told(number);
        match (least, most) {
            (0, u64::MAX) => format!("must be below {}", u128::from(u64::MAX) + 1),
            (least, u64::MAX) => format!("must be {} or more", told(least)),
            (0, most) => format!("must be {} or less", told(most)),
            (least, most) => format!("must be from {} to {}", told(least), told(most)),
        }
    }

    /// A number in the greatest unit in which it is whole; to be read again as it is.
    fn told(self, number: u64) -> String {
        let least = u128::from(number) * u128::from(self.size());
        let is_whole = |size: u64| least > 0 && least.is_multiple_of(size.into());
        match self.known().iter().rev().find(|(_, size)| is_whole(*size)) {
            Some((unit, size)) => format!("{}{unit}", least / u128::from(*size)),
            None => number.to_string(),
        }
    }
}

/// The letters of which some mean thousands and others 1,024.
fn ambiguous(letter: &str) -> String {
    let letter = letter.to_ascii_uppercase();
    format!("{letter} may be {letter}B, of 1000, or {letter}iB, of 1024")
}

/// The text of a length of time, which has a unit, in milliseconds.
///
/// # Errors
/// What is wrong with the text.
pub fn time_millis(text: &str) -> Result<u64, String> {
    const WANTED: &str = "write a number with its unit: 500ms, 90s, 10m, 24h or 5d";
    if text.trim().ends_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("the unit is missing; {WANTED}"));
    }
    let millis = Unit::Millis.read(text).map_err(|problem| match problem.split_once("; ") {
        Some((problem, _)) => format!("{problem}; {WANTED}"),
        None => WANTED.to_owned(),
    })?;
    let most = Unit::Millis.most();
    millis.filter(|millis| *millis <= most).ok_or_else(|| format!("must be {MOST_DAYS}d or less"))
}

/// A number as it was written: its digits without the point, and how many are behind it.
struct Decimal {
    /// `None` where they are too many for any number.
    digits: Option<u128>,
    behind: u32,
}

/// A number of one unit is no whole number of another.
struct Inexact;

impl Decimal {
    /// `None` where it is no number.
    fn read(text: &str) -> Option<Self> {
        let text = text.replace('_', "");
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        if whole.is_empty() || part.contains('.') || text.ends_with('.') {
            return None;
        }
        let part = part.trim_end_matches('0');
        let behind = u32::try_from(part.len()).ok()?;
        Some(Self { digits: format!("{whole}{part}").parse().ok(), behind })
    }

    /// So many of one unit in another; `Ok(None)` where that is greater than any number.
    fn times(&self, size: u64, of: u64) -> Result<Option<u64>, Inexact> {
        let Some(least) = self.digits.and_then(|digits| digits.checked_mul(size.into())) else {
            return Ok(None);
        };
        let parts = 10_u128.checked_pow(self.behind).and_then(|parts| parts.checked_mul(of.into()));
        match parts {
            Some(parts) if least.is_multiple_of(parts) => Ok(u64::try_from(least / parts).ok()),
            _ => Err(Inexact),
        }
    }
}

#[cfg(test)]
mod tests;
