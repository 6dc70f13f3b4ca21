//! Trace and span ids in the spellings that senders use where bytes belong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The `N` bytes of an id that is spelled beyond doubt: hex digits, with the hyphens of a UUID or behind `0x`, or
/// padded base64 of exactly that many bytes.
pub(super) fn spelled<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    // An id of 16 bytes has 32 digits, 34 with `0x`, 36 as a UUID, 24 in base64; one of 8 has 16, 18 and 12.
    if text.len() < N + N / 2 || text.len() > 2 * N + 4 {
        return None;
    }
    if text.last() == Some(&b'=') {
        return STANDARD.decode(text).ok()?.try_into().ok();
    }
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")).unwrap_or(text);
    if digits.len() == 2 * N {
        return hex(digits)?.try_into().ok();
    }
    if N == 16 && steplog_model::ids::is_uuid_shape(digits) {
        let plain: Vec<u8> = digits.iter().copied().filter(|byte| *byte != b'-').collect();
        return hex(&plain)?.try_into().ok();
    }
    None
}

/// The bytes of hex digits of any case, two for each.
pub(super) fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_where_there_is_no_doubt() {
        let id: [u8; 16] = std::array::from_fn(|place| place as u8 * 17);
        let hex = "00112233445566778899aabbccddeeff";
        let base64 = STANDARD.encode(id);
        assert_eq!(base64.len(), 24);
        let uuid = "00112233-4455-6677-8899-AABBCCDDEEFF";
        for text in [hex, &hex.to_uppercase(), &format!("0x{hex}"), uuid, &base64] {
            assert_eq!(spelled::<16>(text.as_bytes()), Some(id), "{text}");
        }
        for text in
            ["", &hex[1..], &format!("{hex}00"), &base64[..22], "not an id at all, not at all", "====="]
        {
            assert_eq!(spelled::<16>(text.as_bytes()), None, "{text}");
        }
        assert_eq!(spelled::<8>(b"0011223344556677"), id.first_chunk().copied());
        assert_eq!(spelled::<8>(STANDARD.encode(&id[..8]).as_bytes()), id.first_chunk().copied());
        assert_eq!(spelled::<8>(base64.as_bytes()), None);
    }
}
