use proptest::prelude::*;

use super::*;

const ALL: [Unit; 6] = [Unit::Number, Unit::Bytes, Unit::Millis, Unit::Seconds, Unit::Hours, Unit::Days];

#[track_caller]
fn check(unit: Unit, text: &str, want: Result<u64, &str>) {
    assert_eq!(unit.any::<u64>()(text), want.map_err(str::to_owned), "{text}");
}

#[track_caller]
fn check_refused(unit: Unit, text: &str, parts: &[&str]) {
    let told = unit.any::<u64>()(text).unwrap_err();
    for part in parts {
        assert!(told.contains(part), "{text}: {told}");
    }
}

#[test]
fn numbers_are_in_the_unit_of_their_flag_or_in_their_own() {
    check(Unit::Days, "7", Ok(7));
    check(Unit::Days, "7d", Ok(7));
    check(Unit::Days, " 2 weeks ", Ok(14));
    check(Unit::Days, "48h", Ok(2));
    check(Unit::Hours, "1.5d", Ok(36));
    check(Unit::Millis, "5s", Ok(5_000));
    check(Unit::Millis, "2m", Ok(120_000));
    check(
        Unit::Seconds,
        "1500ms",
        Err("1500ms is no whole number of seconds; write a number of seconds, or one with s, \
                                        m, h or d, such as 300 or 5m"),
    );
    check(Unit::Seconds, "5 minutes", Ok(300));
    check(Unit::Bytes, "4GB", Ok(4_000_000_000));
    check(Unit::Bytes, "512MiB", Ok(512 << 20));
    check(Unit::Bytes, "512Mi", Ok(512 << 20));
    check(Unit::Bytes, "1.5 kb", Ok(1_500));
    check(Unit::Bytes, "67_108_864", Ok(64 << 20));
    check(Unit::Number, "18446744073709551615", Ok(u64::MAX));
}

#[test]
fn what_is_no_number_of_the_unit_is_told_with_the_unit_and_an_example() {
    for text in ["", "abc", "-1", ".5d", "1.", "1..5", "d", "0x10", "1e3"] {
        check_refused(Unit::Days, text, &["a number of days", "such as 7 or 7d"]);
    }
    check_refused(Unit::Days, "36h", &["36h is no whole number of days", "7d"]);
    check_refused(Unit::Days, "2M", &["\"M\" is no unit of time"]);
    check_refused(Unit::Days, "4GB", &["\"GB\" is no unit of time"]);
    check_refused(Unit::Bytes, "4G", &["G may be GB, of 1000, or GiB, of 1024", "512MiB"]);
    check_refused(Unit::Bytes, "4M", &["M may be MB, of 1000, or MiB, of 1024"]);
    check_refused(Unit::Bytes, "7d", &["\"d\" is no unit of bytes", "512MiB"]);
    check_refused(Unit::Bytes, "0.5B", &["no whole number of bytes"]);
    check_refused(Unit::Number, "100k", &["\"k\" is no part of a number", "such as 100"]);
    check_refused(Unit::Number, "1,000", &["\",000\" is no part of a number"]);
    check_refused(Unit::Number, "1.5", &["whole number"]);
}

#[test]
fn bounds_are_told_in_units() {
    let memory = Unit::Bytes.within::<u64>(64 << 20..=1 << 40);
    assert_eq!(memory("1KB").unwrap_err(), "must be from 64MiB to 1TiB");
    assert_eq!(
        memory("99999999999999999999999999999999999999999999TiB").unwrap_err(),
        "must be from 64MiB to 1TiB"
    );
    assert_eq!(Unit::Number.within::<u32>(1..=10_000)("0").unwrap_err(), "must be from 1 to 10000");
    assert_eq!(Unit::Number.within::<u64>(1..)("0").unwrap_err(), "must be 1 or more");
    assert_eq!(Unit::Number.any::<u32>()("4294967296").unwrap_err(), "must be 4294967295 or less");
    assert_eq!(
        Unit::Number.any::<u64>()("18446744073709551616").unwrap_err(),
        "must be below 18446744073709551616"
    );
    // No clock could be moved by more.
    assert_eq!(Unit::Millis.any::<u64>()("18446744073709551615").unwrap_err(), "must be 36500d or less");
}

#[test]
fn lengths_of_time_have_a_unit() {
    assert_eq!(time_millis("1.5h"), Ok(5_400_000));
    assert_eq!(time_millis("500ms"), Ok(500));
    for text in ["", "5", "-5s", "m", "5x", "inf", "0.1ms", "99999999w"] {
        let told = time_millis(text).unwrap_err();
        assert!(told.contains("500ms, 90s") || told.contains("36500d"), "{text}: {told}");
    }
}

fn units() -> impl Strategy<Value = Unit> {
    proptest::sample::select(ALL.to_vec())
}

proptest! {
    /// A number of a unit is itself where the flag has that unit, and in any other exactly as many or nothing.
    #[test]
    fn a_number_of_any_unit_is_converted_exactly_or_refused(unit in units(), number in 0_u64..1 << 40) {
        let read = unit.any::<u64>();
        prop_assert_eq!(read(&number.min(unit.most()).to_string()), Ok(number.min(unit.most())));
        for (name, size) in unit.known() {
            let least = u128::from(number) * u128::from(*size);
            let of = u128::from(unit.size());
            let want = least.is_multiple_of(of).then_some(least / of).filter(|n| *n <= unit.most().into());
            let read = [name.to_string(), name.to_lowercase(), format!(" {name} ")].map(|name| read(&format!("{number}{name}")));
            for read in read {
                prop_assert_eq!(read.ok().map(u128::from), want, "{} {}", number, name);
            }
        }
    }

    /// What bounds are told as is read as the same number.
    #[test]
    fn what_is_told_is_read_again(unit in units(), number in any::<u64>(), zeros in 0_u32..64) {
        let number: u64 = (number >> zeros << zeros).min(unit.most());
        prop_assert_eq!(unit.any::<u64>()(&unit.told(number)), Ok(number));
    }

    #[test]
    fn any_text_is_read_or_told(unit in units(), text in ".{0,12}") {
        if let Err(told) = unit.any::<u64>()(&text) {
            prop_assert!(told.contains("write") || told.contains("must be"), "{}", told);
        }
    }
}
