//! The form of what happens: scenes of steps, as data. [`super::scenes`] has their content.

use rand::Rng;

/// Who does a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Actor {
    /// The runtime itself.
    System,
    /// The person.
    User,
    /// One of the colleagues of the inbox.
    Colleague,
    /// The AI agent that the scene is about.
    Agent,
}

/// How the value of a further attribute is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Draw {
    /// A whole number of the range, ends included.
    Int(i64, i64),
    /// A number of the range with three digits after the point.
    Double(f64, f64),
    /// `true` with this chance in percent.
    Bool(u32),
    /// This many hex digits.
    Hex(usize),
    /// One of these texts.
    Pick(&'static [&'static str]),
    /// Sentences of at least so many words.
    Text(usize),
    /// A telephone number of a range that is kept free for fiction.
    Phone,
    /// A list of key and value.
    Map(&'static [(&'static str, Draw)]),
    /// So many values.
    List(usize, &'static Draw),
}

/// A further attribute: its key and how its value is drawn.
pub(crate) type Extra = (&'static str, Draw);

/// How a step can go wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failing {
    /// The chance, in tenths of a percent.
    pub(crate) permille: u32,
    /// The event's name then.
    pub(crate) name: &'static str,
    /// Its status then.
    pub(crate) status: &'static str,
    /// Reasons that a person can read.
    pub(crate) reasons: &'static [&'static str],
    /// Whether the rest of the scene is left out.
    pub(crate) ends_scene: bool,
}

/// One step of a scene.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The event's name.
    pub(crate) name: &'static str,
    /// Id, name and type of the element.
    pub(crate) element: Option<(&'static str, &'static str, &'static str)>,
    /// Who does it.
    pub(crate) actor: Actor,
    /// The status where nothing goes wrong.
    pub(crate) status: &'static str,
    /// How it can go wrong.
    pub(crate) failing: Option<Failing>,
    /// How often the step happens at all, in percent.
    pub(crate) chance: u32,
    /// The time since the step before, in seconds.
    pub(crate) gap_seconds: (u32, u32),
    /// How long it takes, in milliseconds.
    pub(crate) duration_millis: Option<(u32, u32)>,
    /// The words of its body.
    pub(crate) words: (usize, usize),
    /// Further attributes, beside those of the scene.
    pub(crate) extras: &'static [Extra],
}

impl Step {
    /// A step that the runtime itself does at once, with a body of 8 to 20 words.
    #[must_use]
    pub(crate) const fn new(name: &'static str, status: &'static str) -> Self {
        Self {
            name,
            element: None,
            actor: Actor::System,
            status,
            failing: None,
            chance: 100,
            gap_seconds: (0, 2),
            duration_millis: None,
            words: (8, 20),
            extras: &[],
        }
    }

    /// At this element of the object: id, name, type.
    #[must_use]
    pub(crate) const fn at(self, id: &'static str, name: &'static str, kind: &'static str) -> Self {
        Self { element: Some((id, name, kind)), ..self }
    }

    /// Done by this actor.
    #[must_use]
    pub(crate) const fn by(self, actor: Actor) -> Self {
        Self { actor, ..self }
    }

    /// Fails now and then.
    #[must_use]
    pub(crate) const fn failing(self, failing: Failing) -> Self {
        Self { failing: Some(failing), ..self }
    }

    /// Happens only so often, in percent.
    #[must_use]
    pub(crate) const fn chance(self, percent: u32) -> Self {
        Self { chance: percent, ..self }
    }

    /// Comes so many seconds after the step before.
    #[must_use]
    pub(crate) const fn after(self, least: u32, most: u32) -> Self {
        Self { gap_seconds: (least, most), ..self }
    }

    /// Takes so many milliseconds.
    #[must_use]
    pub(crate) const fn takes(self, least: u32, most: u32) -> Self {
        Self { duration_millis: Some((least, most)), ..self }
    }

    /// Has a body of so many words.
    #[must_use]
    pub(crate) const fn says(self, least: usize, most: usize) -> Self {
        Self { words: (least, most), ..self }
    }

    /// Has these further attributes.
    #[must_use]
    pub(crate) const fn with(self, extras: &'static [Extra]) -> Self {
        Self { extras, ..self }
    }
}

/// Something that runs: a journey, a chatbot, an agent, an inbox, a message template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object {
    /// Its id.
    pub(crate) id: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Its versions that run beside each other.
    pub(crate) versions: &'static [&'static str],
    /// A version that fails four times as often: what a person may find in the log.
    pub(crate) weak_version: Option<&'static str>,
}

/// Steps in one context that follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    /// The context.
    pub(crate) context: &'static str,
    /// The place of the service that sends these events in [`super::scenes::SERVICES`].
    pub(crate) service: usize,
    /// What may run.
    pub(crate) objects: &'static [Object],
    /// Whether they happen in the object that the scene of the same context before them entered.
    pub(crate) goes_on: bool,
    /// Whether the steps belong to a channel.
    pub(crate) on_channel: bool,
    /// Whether the steps belong to a conversation.
    pub(crate) in_conversation: bool,
    /// The steps.
    pub(crate) steps: &'static [Step],
    /// Further attributes of each step.
    pub(crate) extras: &'static [Extra],
}

/// One of `values`, all equally likely.
pub(crate) fn pick<T: Copy>(values: &[T], rng: &mut impl Rng) -> Option<T> {
    if values.is_empty() { None } else { values.get(rng.random_range(0..values.len())).copied() }
}
