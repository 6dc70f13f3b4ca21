//! docs/mapping.md: how columns are filled, with the built-in table.

use std::fmt::Write as _;

use steplog_model::column::Column;

use super::built_in_table;
use super::table::{Sources, Table};
use super::told::source_toml;

/// What the page tells before its tables.
const INTRODUCTION: &str = include_str!("page.md");

/// The page docs/mapping.md.
#[must_use]
pub fn page() -> String {
    let table = built_in_table();
    let mut page = String::from(INTRODUCTION);
    for column in Column::ALL {
        // Writing to a String cannot fail.
        let _ = put_column(&mut page, *column, &table);
    }
    let _ = put_rest(&mut page, &table);
    page
}

fn put_column(page: &mut String, column: Column, table: &Table) -> std::fmt::Result {
    writeln!(page, "\n### {} (`{column}`)\n\n{}", column.label(), column.help())?;
    let listed = table.columns.iter().find(|(name, _)| name.0 == column);
    let Some((_, Sources { sources })) = listed else {
        return writeln!(page, "It is filled beside another column only.");
    };
    writeln!(page, "\n```toml")?;
    for source in sources {
        writeln!(page, "{}", source_toml(source))?;
    }
    writeln!(page, "```")
}

fn put_rest(page: &mut String, table: &Table) -> std::fmt::Result {
    writeln!(page, "\n## Durations\n\nThe first attribute that is a number, or a text that is one.\n")?;
    writeln!(page, "| Attribute | Unit |\n|---|---|")?;
    for duration in &table.duration.sources {
        writeln!(page, "| `{}` | {} |", duration.attribute, duration.unit.name())?;
    }
    writeln!(page, "\n## Spans\n\n| Key below `[mapping.spans]` | Built in |\n|---|---|")?;
    for (name, values) in table.spans.lists() {
        writeln!(page, "| `{name}` | {} |", values.join(", "))?;
    }
    writeln!(
        page,
        "\n## Words\n\nCompared without case, with `_` for spaces and hyphens. A value means itself."
    )?;
    for (name, words) in &table.words {
        writeln!(page, "\n### `{name}`\n\n| Means | Words |\n|---|---|")?;
        for (canonical, words) in words {
            writeln!(page, "| `{canonical}` | {} |", words.join(", "))?;
        }
    }
    Ok(())
}
