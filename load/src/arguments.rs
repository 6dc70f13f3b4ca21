//! Values of flags that several commands share.

use std::time::Duration;

use steplog_model::settings::units::time_millis;

/// Reads `500ms`, `90s`, `10m`, `24h`, `5d`.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    time_millis(text).map(Duration::from_millis)
}

/// An event in a quarter of an hour, about: less is a mistake.
const LEAST_RATE: f64 = 1e-3;

/// Reads a number of events per second.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= LEAST_RATE => Ok(rate),
        _ => Err("write a number of events per second, such as 200 or 0.5".to_owned()),
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
        check("0.5", Some(0.5));
        check("0", None);
        check("-1", None);
        check("inf", None);
        check("fast", None);
    }
}
