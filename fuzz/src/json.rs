//! The same requests in JSON: what is read of them is what the same request in protobuf says.

use bytes::Bytes;
use steplog_exporter::decode::{
    LogRecord, count_points_json, decode_json, decode_protobuf, decode_spans_json,
};
use steplog_model::record::wire::{put_bytes_field, put_message_field};

use crate::shown;

pub(crate) fn run(input: &[u8]) {
    if let Ok(decoded) = decode_json(input) {
        check_protobuf(&decoded.records);
        shown::check(shown::events(decoded.records));
    }
    if let Ok(decoded) = decode_spans_json(input, shown::MAPPING.spans()) {
        check_protobuf(&decoded.records);
        shown::check(shown::events(decoded.records));
    }
    let _ = count_points_json(input);
}

/// Records that were read are ones in protobuf too, and the same.
pub(crate) fn check_protobuf(records: &[LogRecord]) {
    let again = decode_protobuf(request(records)).expect("a request of records");
    assert_eq!((again.rejected.total(), again.records.len()), (0, records.len()), "{:?}", again.rejected);
    for (again, record) in again.records.iter().zip(records) {
        assert_eq!((&again.record, &again.exported), (&record.record, &record.exported));
        assert_eq!(again.origin.origin, record.origin.origin);
    }
}

/// A record with what an export stated of it.
fn sent(record: &LogRecord) -> Vec<u8> {
    record.exported.as_deref().copied().unwrap_or_default().put(&record.record)
}

/// Records as an encoded `ExportLogsServiceRequest`.
pub(crate) fn request(records: &[LogRecord]) -> Bytes {
    let mut out = Vec::new();
    for record in records {
        let origin = &record.origin.origin;
        put_message_field(&mut out, 1, |out| {
            put_bytes_field(out, 1, &origin.resource);
            put_message_field(out, 2, |out| {
                put_bytes_field(out, 1, &origin.scope);
                put_bytes_field(out, 2, &sent(record));
                put_bytes_field(out, 3, origin.scope_schema_url.as_bytes());
            });
            put_bytes_field(out, 3, origin.resource_schema_url.as_bytes());
        });
    }
    Bytes::from(out)
}
