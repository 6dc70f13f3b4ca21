//! How far a message came, by the events of its delivery.

use steplog_model::catalogue::{Catalogue, Delivery};
use steplog_model::column::Column;
use steplog_model::event::StoredEvent;
use steplog_model::status;

/// The state of a message, and the event that says so.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) delivery: Delivery,
    pub(super) event: &'a StoredEvent,
}

impl<'a> State<'a> {
    /// The state of a message whose sending itself failed; `None` where it did not.
    pub(super) fn of_saying(stored: &'a StoredEvent) -> Option<Self> {
        failed(stored).then_some(Self { delivery: Delivery::Failed, event: stored })
    }

    /// What an event says of a message on its way; `None` where it says nothing of the kind.
    pub(super) fn of_delivery(stored: &'a StoredEvent, names: &Catalogue) -> Option<Self> {
        let event = &stored.event;
        let known = event.value(Column::Event).and_then(|name| names.get(name));
        let delivery = match known {
            Some(known) => known.delivery?,
            None if event.value(Column::OccurredIn) == Some(status::MESSAGE) && failed(stored) => {
                Delivery::Failed
            }
            None => return None,
        };
        // Whatever the name, what failed did not arrive.
        let delivery = if failed(stored) { Delivery::Failed } else { delivery };
        Some(Self { delivery, event: stored })
    }

    /// The state after news that come later in the order of events.
    ///
    /// Events of one moment may come in any order, so the later state counts. A failure ends a message that was not
    /// opened yet; "accepted" or "sent" after a failure is a retry.
    pub(super) fn join(before: Option<Self>, news: Self) -> Self {
        let Some(before) = before else { return news };
        let later = news.event.event.time > before.event.event.time;
        let replaces = match (before.delivery, news.delivery) {
            (Delivery::Seen | Delivery::Clicked, Delivery::Failed) => false,
            (Delivery::Failed, Delivery::Accepted | Delivery::Sent)
            | (Delivery::Delivered, Delivery::Failed) => later,
            (before, news) => news > before,
        };
        if replaces { news } else { before }
    }

    /// Whether these news tell again what is known of a message: it is sent once, and comes to each state once.
    pub(super) fn repeats(self, before: Self) -> bool {
        let is_sent_later = matches!(self.delivery, Delivery::Accepted | Delivery::Sent)
            && self.event.event.time > before.event.event.time;
        self.delivery == before.delivery || (is_sent_later && before.delivery > self.delivery)
    }

    /// Why it failed, where it did and the event says so.
    pub(super) fn reason(self) -> Option<&'a str> {
        let reason = self.event.event.value(Column::Reason);
        reason.filter(|_| self.delivery == Delivery::Failed)
    }
}

fn failed(stored: &StoredEvent) -> bool {
    stored.event.value(Column::Status).is_some_and(status::is_failure)
}
