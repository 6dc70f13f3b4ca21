//! The fields that sources look at.

use crate::decode::attribute;

/// A field of the log record, or of the span that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::map) enum RecordField {
    EventName,
    Body,
    SeverityText,
    /// From 1 to 24.
    SeverityNumber,
    /// The number, or what number the text stands for where there is none.
    Severity,
    TraceId,
    SpanId,
    SpanName,
    SpanKind,
    SpanStatus,
    SpanStatusMessage,
    SpanParent,
}

impl RecordField {
    pub(in crate::map) const ALL: [Self; 12] = [
        Self::EventName,
        Self::Body,
        Self::SeverityText,
        Self::SeverityNumber,
        Self::Severity,
        Self::TraceId,
        Self::SpanId,
        Self::SpanName,
        Self::SpanKind,
        Self::SpanStatus,
        Self::SpanStatusMessage,
        Self::SpanParent,
    ];

    /// The attribute that holds it, where it was a field of a span and log records have none for it.
    pub(in crate::map) const fn span_attribute(self) -> Option<&'static str> {
        match self {
            Self::SpanName => Some(attribute::NAME),
            Self::SpanKind => Some(attribute::KIND),
            Self::SpanStatus => Some(attribute::STATUS),
            Self::SpanStatusMessage => Some(attribute::STATUS_MESSAGE),
            Self::SpanParent => Some(attribute::PARENT),
            _ => None,
        }
    }

    pub(in crate::map) const fn name(self) -> &'static str {
        match self {
            Self::EventName => "event_name",
            Self::Body => "body",
            Self::SeverityText => "severity_text",
            Self::SeverityNumber => "severity_number",
            Self::Severity => "severity",
            Self::TraceId => "trace_id",
            Self::SpanId => "span_id",
            Self::SpanName => "span_name",
            Self::SpanKind => "span_kind",
            Self::SpanStatus => "span_status",
            Self::SpanStatusMessage => "span_status_message",
            Self::SpanParent => "span_parent",
        }
    }
}
