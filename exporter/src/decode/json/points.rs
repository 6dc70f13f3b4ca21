//! Counts the data points of a JSON `ExportMetricsServiceRequest`. None is kept; how many there were is the answer.

use super::super::outcome::DecodeError;
use super::super::signal::Signal;
use super::Fault;
use super::lexer::{Lexer, Next, Syntax};
use super::open::{open_array, open_object};

/// The members on the way from the request to its data points, in camel and snake case.
const WAY: [&[&[u8]]; 5] = [
    &[b"resourceMetrics", b"resource_metrics"],
    &[b"scopeMetrics", b"scope_metrics"],
    &[b"metrics"],
    &[b"gauge", b"sum", b"histogram", b"exponentialHistogram", b"exponential_histogram", b"summary"],
    &[b"dataPoints", b"data_points"],
];

/// How many data points a request has.
pub(in super::super) fn count(body: &[u8]) -> Result<u64, DecodeError> {
    let mut lexer = Lexer::new(body);
    let mut points = 0;
    let counted = object(&mut lexer, &WAY, &mut points).and_then(|()| Ok(lexer.end()?));
    let (what, offset) = match counted {
        Ok(()) => return Ok(points),
        Err(Fault::Syntax(Syntax { what, offset })) => (what.to_owned(), offset),
        Err(Fault::Problem(problem)) => (problem.to_string(), lexer.offset()),
    };
    Err(DecodeError { signal: Signal::Metrics, encoding: "JSON", what, offset })
}

/// Reads an object on the way: the rest of the way leads through one of the first names.
fn object(lexer: &mut Lexer<'_>, way: &[&[&[u8]]], points: &mut u64) -> Result<(), Fault> {
    open_object(lexer, "a part of the metrics")?;
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match way.split_first() {
            Some((names, rest)) if names.contains(&&*name) => members(lexer, rest, points)?,
            _ => lexer.skip()?,
        }
    }
    Ok(())
}

/// Reads what a name on the way has: an object, or an array of them; at the end of the way, the data points.
fn members(lexer: &mut Lexer<'_>, way: &[&[&[u8]]], points: &mut u64) -> Result<(), Fault> {
    if lexer.peek()? == Next::Object {
        return object(lexer, way, points);
    }
    if !open_array(lexer, "a part of the metrics")? {
        return Ok(());
    }
    let mut first = true;
    while lexer.element(&mut first)? {
        if way.is_empty() {
            *points += 1;
            lexer.skip()?;
        } else if !lexer.null()? {
            object(lexer, way, points)?;
        }
    }
    Ok(())
}
