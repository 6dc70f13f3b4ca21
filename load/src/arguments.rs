//! Values of flags that several commands share.

use std::time::Duration;

/// Reads `500ms`, `90s`, `10m`, `24h`, `5d`.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match text.get(digits.len()..).unwrap_or_default() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err(format!("{text:?} is not a length of time; write 500ms, 90s, 10m, 24h or 5d")),
    };
    let number: f64 = digits.parse().map_err(|_| format!("{digits:?} is not a number"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|error| error.to_string())
}

/// Reads a number of events per second.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= 1.0 => Ok(rate),
        _ => Err(format!("{text:?} is no rate; write a number of events per second, 1 or more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        let check = |text, want| assert_eq!(parse_duration(text).ok(), want, "{text}");
        check("500ms", Some(Duration::from_millis(500)));
        check("1.5h", Some(Duration::from_secs(5_400)));
        check("5d", Some(Duration::from_secs(432_000)));
        check("5", None);
        check("-5s", None);
        check("m", None);
    }

    #[test]
    fn rates_are_read() {
        let check = |text, want| assert_eq!(parse_rate(text).ok(), want, "{text}");
        check("1", Some(1.0));
        check("2500.5", Some(2_500.5));
        check("0.5", None);
        check("inf", None);
        check("fast", None);
    }
}
