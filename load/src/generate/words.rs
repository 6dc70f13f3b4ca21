//! Sentences for bodies, replies and notes, made of our own patterns and word lists: few words are common, many are rare.

use rand::Rng;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// The customer.
    Person,
    /// Whoever answers for the company.
    Company,
    /// The runtime, about its own work.
    Note,
}

/// What the customer writes; the first ones come most often.
const PERSON: &[&str] = &[
    "Where is my delivery, it was due {when}?",
    "I have a question about my order with the {thing}.",
    "Thank you, that is all I wanted to know.",
    "Can you change the delivery to {when}, please?",
    "The {thing} has arrived broken, I want a refund.",
    "Is the {thing} on stock again in {place}?",
    "Please call me back {when}, I am at {place} until then.",
    "I did not get the message about the {thing}.",
    "Yes, {when} is fine for me.",
    "No, I have paid for the {thing} already.",
    "What does it cost to send the {thing} to {place}?",
    "I would like to talk with a person, please.",
    "My order number is right there in your letter.",
    "Why was the {thing} cancelled without a word?",
    "The courier was not at {place} {when}.",
    "Could I return the {thing} at {place}?",
];

/// What bots, agents and colleagues answer.
const COMPANY: &[&str] = &[
    "Thank you for your order, the delivery of the {thing} comes {when}.",
    "I have looked it up for you: the {thing} is at {place} and goes out {when}.",
    "Sorry for your trouble with the {thing}, the refund is on its way to your card.",
    "Your parcel with the {thing} is delayed, we will write again when it moves.",
    "Your appointment at {place} is confirmed for {when}.",
    "You have left the {thing} in your basket, it is yours until {when}.",
    "Hello, how can we help you today?",
    "I will bring in a colleague who knows more about the {thing}.",
    "The {thing} is ready for your pickup at {place}.",
    "We have changed the delivery to {when}, as you asked.",
    "Please answer with yes if {when} suits you.",
    "Your invoice for the {thing} is due {when}.",
    "Here is the return label for the {thing}, drop it off at {place}.",
    "As a thank you for your patience there is a voucher for the next {thing}.",
    "The technician comes {when} and looks at the {thing}.",
    "We have closed the ticket about the {thing}, answer to open it again.",
];

/// What runtimes log of themselves.
const NOTE: &[&str] = &[
    "The person fits the condition for the {thing} group.",
    "Delivery to {place} was planned for {when}.",
    "Took the branch for customers with the {thing}.",
    "Data of the order with the {thing} was read for your rules.",
    "The answer about the {thing} came from the cache.",
    "Waiting is over {when} or with the next message.",
    "Handed over to the service for {place}.",
    "The profile names the {thing} as the last purchase.",
    "Quiet hours at {place} begin {when}.",
    "The person belongs to the control group for the {thing} offer.",
];

const WHEN: &[&str] = &[
    "tomorrow",
    "today",
    "tomorrow morning",
    "this afternoon",
    "on monday",
    "before noon",
    "on friday evening",
    "next week",
    "within two days",
    "at ten",
    "after the weekend",
    "at the end of the month",
];

const PLACE: &[&str] = &[
    "the depot",
    "your door",
    "the shop",
    "the pickup station",
    "the service desk",
    "the warehouse",
    "your neighbour",
    "the locker",
    "the branch in Zagreb",
    "the clinic",
    "the airport counter",
    "the branch in Lisbon",
    "the harbour office",
    "the museum shop",
    "the library",
    "the branch in Osaka",
    "the lighthouse",
    "the ferry terminal",
];

/// The first things are ordered about thirty times as often as the last.
const THINGS: &str = "jacket,shoes,coffee machine,phone contract,router,gift card,headphones,sim card,winter jacket,summer dress,\
washing machine,lamp,office chair,battery,charger,keyboard,screen protector,travel insurance,flight ticket,hotel room,bicycle,\
helmet,tyres,oil filter,parking permit,concert ticket,kitchen table,garden hose,paint,ladder,mattress,pillow,blanket,curtain,\
carpet,prescription,vaccination,laboratory result,passport photo,school uniform,notebook,certificate,language course,microphone,\
novel,recipe book,cinnamon,organic flour,vegetable box,pet food,kitten basket,dog leash,aquarium,postcard set,souvenir,\
snorkel,compass,lantern,tent,backpack,thermos,avalanche beacon,glacier glasses,telescope,violin strings,accordion,kayak,sledge,\
wheelchair ramp,hearing aid,reading glasses,seat cushion,sewing kit,pottery wheel,beehive,greenhouse,rain barrel,weather station,\
chess board,jigsaw puzzle,kite,unicycle,skateboard,rowing machine,yoga mat,espresso beans,herbal tea,maple syrup,olive oil,saffron";

/// Draws sentences.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    things: Vec<&'static str>,
}

impl Default for Words {
    fn default() -> Self {
        Self { things: THINGS.split(',').collect() }
    }
}

/// One of `all`, one at the front about thirty times as often as one at the end.
fn leaning<'a>(all: &[&'a str], rng: &mut impl Rng) -> &'a str {
    // The cube of a uniform number leans to the front.
    let uniform = f64::from(rng.random::<u32>()) / 4_294_967_296.0;
    let place = (uniform * uniform * uniform * all.len() as f64) as usize;
    all.get(place).copied().unwrap_or_default()
}

/// One of `all`, one at the front about twice as often as one at the end.
fn slightly_leaning<'a>(all: &[&'a str], rng: &mut impl Rng) -> &'a str {
    let place = rng.random_range(0..all.len()).min(rng.random_range(0..all.len() * 2));
    all.get(place).copied().unwrap_or_default()
}

impl Words {
    /// Appends sentences of a voice until there are at least so many words.
    pub(crate) fn put_text(&self, out: &mut Vec<u8>, rng: &mut impl Rng, voice: Voice, least: usize) {
        let patterns = match voice {
            Voice::Person => PERSON,
            Voice::Company => COMPANY,
            Voice::Note => NOTE,
        };
        let mut words = 0;
        let mut last = "";
        while words < least {
            let pattern = slightly_leaning(patterns, rng);
            if pattern == last {
                continue;
            }
            last = pattern;
            let start = out.len();
            if start > 0 && out.last() != Some(&b' ') && words > 0 {
                out.push(b' ');
            }
            self.put_pattern(out, rng, pattern);
            words += out.get(start..).unwrap_or_default().split(|byte| *byte == b' ').count();
        }
    }

    fn put_pattern(&self, out: &mut Vec<u8>, rng: &mut impl Rng, pattern: &str) {
        let mut rest = pattern;
        while let Some((text, slot)) = rest.split_once('{') {
            let (name, after) = slot.split_once('}').unwrap_or((slot, ""));
            out.extend_from_slice(text.as_bytes());
            let value = match name {
                "when" => leaning(WHEN, rng),
                "place" => leaning(PLACE, rng),
                _ => leaning(&self.things, rng),
            };
            out.extend_from_slice(value.as_bytes());
            rest = after;
        }
        out.extend_from_slice(rest.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn texts_are_long_enough_and_whole() {
        let (words, mut rng) = (Words::default(), SmallRng::seed_from_u64(1));
        for voice in [Voice::Person, Voice::Company, Voice::Note] {
            for _ in 0..1_000 {
                let mut out = Vec::new();
                words.put_text(&mut out, &mut rng, voice, 14);
                let text = String::from_utf8(out).unwrap();
                assert!((14..=48).contains(&text.split(' ').count()), "{text}");
                assert!(text.starts_with(|c: char| c.is_ascii_uppercase()), "{text}");
                assert!(
                    text.ends_with(['.', '?']) && !text.contains(['{', '}']) && !text.contains("  "),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn some_words_are_common_and_some_are_rare() {
        let (words, mut rng) = (Words::default(), SmallRng::seed_from_u64(2));
        let mut all = Vec::new();
        for _ in 0..20_000 {
            words.put_text(&mut all, &mut rng, Voice::Company, 8);
            all.push(b' ');
        }
        let text = String::from_utf8(all).unwrap();
        let count = |word: &str| text.matches(word).count();
        assert!(count("delivery") > 2_000, "{}", count("delivery"));
        assert!((1..400).contains(&count("avalanche")), "{}", count("avalanche"));
    }
}
