//! The query part of an address, decoded into names and values (WHATWG URL, `application/x-www-form-urlencoded`).

use crate::problem::ParameterError;

/// Names and values in the order of the address. The command line makes the same pairs from its arguments.
pub type Pairs = Vec<(String, String)>;

/// Decodes `a=b&c=d`. Unlike browsers, it refuses what is no percent-encoded UTF-8 instead of altering it.
///
/// # Errors
/// Every pair that cannot be decoded.
pub fn decode(query: &str) -> Result<Pairs, Vec<ParameterError>> {
    let mut pairs = Vec::new();
    let mut errors = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode_part(name), decode_part(value)) {
            (Some(name), Some(value)) => pairs.push((name, value)),
            (name, _) => errors.push(ParameterError {
                parameter: name.unwrap_or_else(|| name_as_it_is(pair)),
                position: None,
                problem: "it is no percent-encoded UTF-8".to_owned(),
                hint: "write % as %25, and encode texts as UTF-8".to_owned(),
            }),
        }
    }
    if errors.is_empty() { Ok(pairs) } else { Err(errors) }
}

fn name_as_it_is(pair: &str) -> String {
    pair.split('=').next().unwrap_or_default().to_owned()
}

fn decode_part(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    // A hex digit is below 16.
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_browsers_and_curl_send() {
        let pairs = decode("q=a+b%20c&status=%C3%9Cber&&x&y=1=2&=z").unwrap();
        let want = [("q", "a b c"), ("status", "Über"), ("x", ""), ("y", "1=2"), ("", "z")];
        assert_eq!(pairs, want.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn refuses_what_it_would_have_to_alter() {
        for bad in ["q=%", "q=%4", "q=%zz", "q=%ff", "q=%+1"] {
            let errors = decode(bad).unwrap_err();
            assert_eq!(errors[0].parameter, "q", "{bad}");
        }
        assert_eq!(decode("a=%&b=%").unwrap_err().len(), 2);
        assert_eq!(decode("%ff=1").unwrap_err()[0].parameter, "%ff");
    }
}
