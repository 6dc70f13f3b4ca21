//! The interaction, carried along: into calls, tasks and other services, by OpenTelemetry's baggage.

use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::context::{FutureExt as _, WithContext};
use opentelemetry::logs::AnyValue;
use opentelemetry::{Context, ContextGuard, Key};

use super::{Automation, set};

/// What goes along: who and which way, not what an automation is. Baggage that came in from elsewhere fills these alone.
const CARRIED: [&str; 3] = ["steplog.interaction.id", "steplog.person.id", "steplog.conversation.id"];

impl Automation {
    /// The current OpenTelemetry context with the interaction, person and conversation of this automation in its baggage.
    /// Steps that are made within it, by whatever automation, have them unless they state others.
    #[must_use]
    pub fn context(&self) -> Context {
        let current = Context::current();
        let mut baggage = Baggage::new();
        for (key, (value, metadata)) in current.baggage() {
            baggage.insert_with_metadata(key.clone(), value.clone(), metadata.as_str().to_owned());
        }
        for (key, value) in &self.attributes {
            if let (true, AnyValue::String(value)) = (CARRIED.contains(&key.as_str()), value) {
                baggage.insert(key.clone(), value.as_str().to_owned());
            }
        }
        current.with_baggage(baggage)
    }

    /// Makes [`Self::context`] the current one of this thread until the guard is dropped. For code without `await`.
    pub fn enter(&self) -> ContextGuard {
        self.context().attach()
    }

    /// The future within [`Self::context`], on whatever threads it runs. A task that it spawns is another future:
    /// `tokio::spawn(work().with_current_context())`, by `opentelemetry::context::FutureExt`.
    pub fn carry<F: Future>(&self, future: F) -> WithContext<F> {
        future.with_context(self.context())
    }
}

/// Adds what the current context carries and the attributes do not state.
pub(super) fn add(attributes: &mut Vec<(Key, AnyValue)>) {
    Context::map_current(|context| {
        for key in CARRIED {
            let stated = attributes.iter().any(|(known, _)| known.as_str() == key);
            if let (false, Some(value)) = (stated, context.baggage().get(key)) {
                set(attributes, Key::from_static_str(key), value.as_str().to_owned().into());
            }
        }
    });
}
