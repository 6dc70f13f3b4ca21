//! What near a search text finds something.

use steplog_model::column::Column;
use steplog_model::query::{SpellingsRequest, Target};
use steplog_model::store::StoreError;
use steplog_model::text::{Token, folded, visit_tokens, without_accents};

use super::super::facts::{is_duration, is_moment};
use super::keys::as_attribute;
use super::variants::bare;
use super::written::{
    as_condition, as_text, as_word, begun, condition, ids_in, is_plain, key_and_value, parts_in_quotes,
    parts_of, says_something, signs_escaped,
};
use super::{Other, Search, in_quotes};
use crate::columns::ATTRIBUTE;
use crate::nearest::{most_edits, nearest, slip};
use crate::text::stated;
use crate::vocabulary;

/// The most words of a search that are looked at one by one: a line of a log has so many.
const MOST_WORDS: usize = 12;

/// The most words of what a value is called.
const MOST_NAME_WORDS: usize = 4;

/// The most words that are spelled otherwise.
const MOST_SPELLED: usize = 3;

/// Shorter words are one or two slips away from too many others.
const LEAST_SPELLED_CHARS: usize = 4;

/// Keys of resources whose values people look for, and whose words no search looks at.
const OF_RESOURCE: [&str; 18] = [
    "host.name",
    "host.id",
    "service.version",
    "service.instance.id",
    "service.namespace",
    "deployment.environment.name",
    "deployment.environment",
    "k8s.pod.name",
    "k8s.namespace.name",
    "k8s.deployment.name",
    "k8s.node.name",
    "k8s.container.name",
    "k8s.cluster.name",
    "container.id",
    "container.name",
    "cloud.region",
    "telemetry.sdk.language",
    "telemetry.sdk.version",
];

/// Columns whose values people call otherwise.
const NAMED: [Column; 4] = [Column::Event, Column::Status, Column::OccurredIn, Column::Version];

impl Search<'_> {
    pub(super) fn near_text(&mut self, text: &str) -> Result<(), StoreError> {
        self.called(text)?;
        let loose = text.replace(['"', '(', ')'], " ");
        let words: Vec<&str> = loose.split_whitespace().collect();
        self.cut(text)?;
        for instead in as_condition(text) {
            self.offer_text(text, instead)?;
        }
        if self.near.is_empty()
            && text.contains([':', '='])
            && let Some((key, value)) = key_and_value(text)
            && let Some(meant) = self.meant_key(key, value)?
        {
            self.offer_text(text, as_attribute(&meant, value))?;
        }
        // Its words are anything's.
        if is_duration(text) || is_moment(text) {
            return Ok(());
        }
        for id in ids_in(text) {
            self.offer_text(text, as_word(&id))?;
        }
        let has_plain_words = words.iter().all(|word| is_plain(word));
        if has_plain_words && loose == text {
            self.near_plain(text, &words)?;
        } else {
            // The same words, wherever they stand.
            if has_plain_words && text.contains('"') {
                self.offer_text(text, words.join(" "))?;
            }
            self.near_stated(text)?;
            // A text that was pasted may have signs that mean something here.
            for instead in as_text(text) {
                self.offer_text(text, instead)?;
            }
            let parts = parts_in_quotes(text);
            if self.near.is_empty() {
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                self.near_words(text, if has_plain_words { &words } else { &parts })?;
            }
        }
        let is_one_word = words.len() == 1 && has_plain_words && loose == text;
        if self.near.is_empty() && !is_one_word {
            self.part_of_id(text)?;
        }
        if self.near.is_empty() {
            self.of_resource(text)?;
        }
        if self.near.is_empty() { self.roughly_called(text) } else { Ok(()) }
    }

    /// What a value is called, as a search: the words of `Started` are no words of `in_progress`.
    fn called(&mut self, text: &str) -> Result<(), StoreError> {
        let name = text.replace('"', " ");
        for column in NAMED {
            for value in self.words.meant(column, name.trim()) {
                self.offer_text(text, condition(column, &value))?;
            }
        }
        Ok(())
    }

    fn roughly_called(&mut self, text: &str) -> Result<(), StoreError> {
        let labels = self.labels();
        let near = nearest(&folded(text), labels.iter().map(|(_, label, _)| *label));
        for (column, _, value) in labels.iter().filter(|(_, label, _)| Some(*label) == near) {
            self.offer_text(text, condition(*column, value))?;
        }
        Ok(())
    }

    /// Columns, what their values are called, the values.
    fn labels<'v>(&self) -> Vec<(Column, &'v str, &'v str)>
    where
        Self: 'v,
    {
        let words = self.words;
        let of = |column| words.labels(column).map(move |(label, value)| (column, label, value));
        NAMED.into_iter().flat_map(of).collect()
    }

    fn near_plain(&mut self, text: &str, words: &[&str]) -> Result<(), StoreError> {
        let begun: Vec<String> = words.iter().map(|word| begun(word)).collect();
        self.offer_text(text, begun.join(" "))?;
        if let [word] = words {
            self.offer_text(text, format!("*{word}"))?;
        }
        self.written_together(text, words)?;
        self.near_words(text, words)?;
        if words.len() == 1 && self.near.is_empty() {
            self.part_of_id(text)?;
        }
        // The words that are hung together in one.
        let parts: Vec<&str> = words.iter().flat_map(|word| parts_of(word)).collect();
        if words.len() == 1 && parts.len() > 1 && self.near.is_empty() {
            self.near_words(text, &parts)?;
        }
        Ok(())
    }

    /// The words one by one: those that are nowhere left out, or spelled otherwise.
    fn near_words(&mut self, text: &str, words: &[&str]) -> Result<(), StoreError> {
        if words.len() > MOST_WORDS {
            return Ok(());
        }
        let mut all = Vec::new();
        for word in words {
            let is_missing = words.len() == 1 || self.finds(word)? == 0;
            all.push((*word, is_missing));
        }
        if all.iter().any(|(_, is_missing)| *is_missing) {
            self.nearly_called(text, &all)?;
            self.spelled(text, &all)?;
            let kept: Vec<&str> =
                all.iter().filter(|(_, is_missing)| !is_missing).map(|(word, _)| *word).collect();
            return match kept.iter().any(|word| says_something(word)) {
                true => self.offer_text(text, kept.join(" ")),
                false => Ok(()),
            };
        }
        // Of a text that was pasted any one word is too little.
        if words.iter().all(|word| is_plain(word) && !word.contains('"')) {
            self.offer_text(text, words.join(" OR "))?;
        }
        for out in 0..words.len() {
            let kept = words.iter().enumerate().filter(|(place, _)| *place != out).map(|(_, word)| *word);
            self.offer_text(text, kept.collect::<Vec<_>>().join(" "))?;
        }
        Ok(())
    }

    /// Words side by side that are what a value is called, but for a slip, as a condition on that value: the words of
    /// `Strated` are nowhere, nor need those of `Started` be anywhere.
    fn nearly_called(&mut self, text: &str, words: &[(&str, bool)]) -> Result<(), StoreError> {
        let labels = self.labels();
        let mut found = Vec::new();
        for length in 1..=words.len().min(MOST_NAME_WORDS) {
            for (start, run) in words.windows(length).enumerate() {
                if !run.iter().any(|(_, is_missing)| *is_missing) {
                    continue;
                }
                let name = run.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ");
                let name = vocabulary::folded(&name);
                let near = labels.iter().filter_map(|label| Some((slip(&name, label.1)?, label)));
                found.extend(near.map(|(edits, label)| (edits, start..start + length, *label)));
            }
        }
        found.sort_by_key(|(edits, run, _)| (*edits, std::cmp::Reverse(run.len())));
        for (_, run, (column, _, value)) in found {
            let whole = |place: usize| words.get(place).map(|(word, _)| (*word).to_owned());
            let before = (0..run.start).filter_map(whole);
            let behind = (run.end..words.len()).filter_map(whole);
            let all: Vec<_> = before.chain([condition(column, value)]).chain(behind).collect();
            self.offer_text(text, all.join(" "))?;
        }
        Ok(())
    }

    /// Words that are nowhere as others that are spelled nearly so.
    fn spelled(&mut self, text: &str, words: &[(&str, bool)]) -> Result<(), StoreError> {
        let known = self.values(Column::facets().collect())?;
        let known = known_words(&known);
        let (mut all, mut left) = (Vec::new(), MOST_SPELLED);
        for (word, is_missing) in words {
            let is_looked_at = *is_missing && left > 0;
            let mut other = None;
            if is_looked_at {
                left -= 1;
                other = self.separated(word)?;
            }
            if let Some(word) = only_word(word).filter(|_| is_looked_at && other.is_none()) {
                other = self.in_texts(&word)?.or_else(|| in_values(&word, &known));
            }
            all.push(other.unwrap_or_else(|| (*word).to_owned()));
        }
        let found = self.near.len();
        self.offer_text(text, all.join(" "))?;
        all.retain(|word| says_something(word));
        if self.near.len() == found
            && !all.is_empty()
            && all.iter().any(|word| !words.iter().any(|one| one.0 == word))
        {
            self.offer_text(text, all.join(" "))?;
        }
        Ok(())
    }

    /// The word of texts that is the same but for a slip; of several, that of the most events.
    fn in_texts(&self, word: &str) -> Result<Option<String>, StoreError> {
        let Some(edits) = most_edits(word) else { return Ok(None) };
        let (tenant, period) = (self.query.tenant.clone(), self.query.period);
        let request = SpellingsRequest { tenant, period, word: word.to_owned(), edits };
        let found = self.store.spellings(&request, self.budget)?.into_iter();
        let slips = found.filter_map(|other| Some((slip(word, &other).filter(|edits| *edits > 0)?, other)));
        // Few slip with the first letter, and other short words begin with another one.
        let slips = slips
            .map(|(edits, other)| (edits, first_letter(&other) != first_letter(word), other))
            .filter(|(_, is_first, _)| !is_first || word.chars().count() >= LEAST_SPELLED_CHARS);
        // An accent that was left out is more likely than another letter: `cafe` is no slip of `case`.
        let letters = without_accents(word);
        let nearest = slips
            .min_by_key(|(edits, is_first, other)| (without_accents(other) != letters, *edits, *is_first));
        Ok(nearest.map(|(_, _, other)| other))
    }

    /// A value that is stated, as its column or attribute has it.
    fn near_stated(&mut self, text: &str) -> Result<(), StoreError> {
        for (place, target, written) in stated(text) {
            let meant = match &target {
                Target::Column(column) => self.words.meant(*column, &written),
                Target::Attribute(_) => Vec::new(),
            };
            let name = match &target {
                Target::Column(column) => column.name().to_owned(),
                Target::Attribute(key) => format!("{ATTRIBUTE}{}", signs_escaped(key)),
            };
            if self.near.is_empty()
                && let Target::Attribute(key) = &target
                && let Some(meant) = self.meant_key(key, &written)?
            {
                let (before, behind) = (text.get(..place.start), text.get(place.end..));
                let condition = as_attribute(&meant, &written);
                let instead = [before.unwrap_or_default(), &condition, behind.unwrap_or_default()].concat();
                self.offer_text(text, instead)?;
            }
            for other in self.others(&target, &[vec![written], meant].concat())? {
                let value = match other {
                    Other::Value(value) => in_quotes(&value),
                    Other::Ending(ending) => format!("*{}", signs_escaped(&ending)),
                };
                let (before, behind) = (text.get(..place.start), text.get(place.end..));
                let condition = format!("{name}:{value}");
                let instead = [before.unwrap_or_default(), &condition, behind.unwrap_or_default()].concat();
                self.offer_text(text, instead)?;
            }
        }
        Ok(())
    }

    /// A text that a service says of itself with each event, which is found by its key alone.
    fn of_resource(&mut self, text: &str) -> Result<(), StoreError> {
        for key in OF_RESOURCE {
            self.offer_text(text, format!("{ATTRIBUTE}{key}:{}", in_quotes(bare(text))))?;
        }
        Ok(())
    }
}

fn first_letter(word: &str) -> Option<char> {
    word.chars().next()
}

/// The word that a text is, folded, where it is one.
fn only_word(text: &str) -> Option<String> {
    let (mut words, mut only) = (0, None);
    visit_tokens(text, &mut |token, _| {
        words += 1;
        only = match token {
            Token::Word(word) => Some(word.to_owned()),
            Token::Identifier(_) => None,
        };
    });
    only.filter(|_| words == 1)
}

/// The word of values that was meant; a slip first. Numbers are not spelled otherwise.
fn in_values(word: &str, known: &[String]) -> Option<String> {
    let slips = known.iter().filter_map(|known| Some((slip(word, known)?, known)));
    if let Some((_, near)) = slips.min_by_key(|(edits, _)| *edits) {
        return Some(near.clone());
    }
    let has_digit = word.chars().any(char::is_numeric);
    if has_digit || word.chars().count() < LEAST_SPELLED_CHARS {
        return None;
    }
    nearest(word, known.iter().map(String::as_str)).map(str::to_owned)
}

/// The words of values, each once.
fn known_words(values: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    for value in values {
        visit_tokens(value, &mut |token, _| {
            if let Token::Word(word) = token {
                words.push(word.to_owned());
            }
        });
    }
    words.sort_unstable();
    words.dedup();
    words
}
