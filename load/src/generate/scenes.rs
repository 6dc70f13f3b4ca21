//! What happens: the services, objects and steps of the five contexts, and the routes through them.

mod dialogue;
mod journey;
mod message;

pub(crate) use dialogue::{AGENT, CHATBOT, INBOX};
pub(crate) use journey::{JOURNEY, JOURNEY_END};
pub(crate) use message::MESSAGE;

use super::scene::Scene;

/// The services that send the events: name, version, scope.
pub(crate) const SERVICES: [(&str, &str, &str); 5] = [
    ("journey-engine", "4.12.0", "journey.executor"),
    ("chatbot-runtime", "2.7.3", "chatbot.dialogue"),
    ("ai-agent-runtime", "1.9.1", "agent.orchestrator"),
    ("inbox", "6.3.0", "inbox.routing"),
    ("message-gateway", "9.1.4", "gateway.delivery"),
];

/// The channels of messages and conversations, the common ones more than once.
pub(crate) const CHANNELS: [&str; 8] =
    ["whatsapp", "whatsapp", "sms", "sms", "email", "viber", "rcs", "web_chat"];

/// The colleagues of the inbox.
pub(crate) const COLLEAGUES: [&str; 8] = [
    "ana.kovac",
    "ben.okafor",
    "chiara.rossi",
    "dario.silva",
    "emma.novak",
    "farid.haddad",
    "grete.lund",
    "hana.sato",
];

/// The ways through the scenes, each with its weight. About twelve events on average.
pub(crate) const ROUTES: [(u32, &[&Scene]); 6] = [
    (22, &[&JOURNEY, &MESSAGE, &JOURNEY_END]),
    (22, &[&JOURNEY, &MESSAGE, &CHATBOT, &JOURNEY_END]),
    (14, &[&JOURNEY, &MESSAGE, &CHATBOT, &AGENT, &INBOX, &MESSAGE, &JOURNEY_END]),
    (12, &[&CHATBOT, &AGENT]),
    (14, &[&CHATBOT, &AGENT, &INBOX]),
    (16, &[&JOURNEY, &MESSAGE, &AGENT, &JOURNEY_END]),
];

#[cfg(test)]
mod tests {
    use steplog_model::catalogue::Catalogue;

    use super::*;

    #[test]
    fn every_event_is_in_the_catalogue_under_its_context() {
        let catalogue = Catalogue::built_in();
        for scene in ROUTES.iter().flat_map(|(_, route)| route.iter()) {
            for step in scene.steps {
                let names = [Some(step.name), step.failing.map(|failing| failing.name)];
                for name in names.into_iter().flatten() {
                    let context = catalogue.get(name).map(|known| known.context.as_str());
                    assert_eq!(context, Some(scene.context), "{name}");
                }
            }
        }
    }
}
