//! Events emitted by typed calls, through the OpenTelemetry SDK, into a store of the same process.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::logs::LoggerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use steplog_exporter::emit::{Actor, Automation, Context, Status, Step};
use steplog_exporter::map::Mappings;
use steplog_exporter::sdk::StoreLogExporter;
use steplog_model::column::Column;
use steplog_model::event::StoredEvent;
use steplog_model::ids::Tenant;
use steplog_model::query::{Order, PageRequest, Period, Query};
use steplog_model::store::{Budget, EventStore};
use steplog_model::testing::scan_store::ScanStore;

fn stored(store: &ScanStore) -> Vec<StoredEvent> {
    let query = Query::all(Tenant::default(), Period::ALL);
    let request = PageRequest::first(query, Order::OldestFirst, 100);
    store.page(&request, &Budget::new(Duration::from_secs(5))).unwrap().events
}

fn emitted(steps: impl IntoIterator<Item = Step>) -> Vec<StoredEvent> {
    let store = Arc::new(ScanStore::new());
    let exporter =
        StoreLogExporter::new(Arc::clone(&store) as Arc<dyn EventStore>, Arc::new(Mappings::built_in()));
    let provider = SdkLoggerProvider::builder()
        .with_resource(Resource::builder().with_service_name("parcel-helper").build())
        .with_batch_exporter(exporter)
        .build();
    let logger = provider.logger("test");
    for step in steps {
        step.emit(&logger);
    }
    provider.shutdown().unwrap();
    stored(&store)
}

fn visit() -> Automation {
    let chatbot = Automation::new(Context::Chatbot, "Parcel helper").object_id("bot-7").version("v22");
    chatbot.interaction("i-1").person("p-1").conversation("c-1").channel("web")
}

#[test]
fn typed_calls_fill_the_columns() {
    let step = visit()
        .step("chatbot.intent.not_matched")
        .element("Understand")
        .element_id("e-1")
        .element_type("intent")
        .by(Actor::Agent, "bot-7")
        .status(Status::Failure)
        .reason("no intent above the threshold")
        .took(Duration::from_millis(12))
        .sequence(3)
        .text("where is my parcel?")
        .attribute("intent.confidence", 0.41);
    let events = emitted([step]);
    let event = &events[0].event;
    let columns = [
        (Column::Event, "chatbot.intent.not_matched"),
        (Column::Status, "failure"),
        (Column::OccurredIn, "chatbot"),
        (Column::Object, "Parcel helper"),
        (Column::ObjectId, "bot-7"),
        (Column::Version, "v22"),
        (Column::Element, "Understand"),
        (Column::ElementId, "e-1"),
        (Column::ElementType, "intent"),
        (Column::PerformedBy, "bot-7"),
        (Column::PerformedByType, "agent"),
        (Column::Person, "p-1"),
        (Column::Interaction, "i-1"),
        (Column::Conversation, "c-1"),
        (Column::Channel, "web"),
        (Column::Service, "parcel-helper"),
        (Column::Reason, "no intent above the threshold"),
        (Column::Sequence, "3"),
    ];
    for (column, value) in columns {
        assert_eq!(event.value(column), Some(value), "{column:?}");
    }
    assert_eq!(event.duration_nanos, Some(12_000_000));
}

#[test]
fn the_later_value_of_a_key_counts_and_an_id_is_stored_once() {
    let step = visit().step("chatbot.message.sent").attribute("try", 1).attribute("try", 2).id("u-1");
    let target = steplog_model::query::Target::Attribute("try".to_owned());
    let query = steplog_model::query::Filter {
        any_of: vec!["2".to_owned()],
        none_of: vec!["1".to_owned()],
        ..steplog_model::query::Filter::on(target)
    };
    let events = emitted([step.clone(), step.text("sent again")]);
    assert_eq!(events.len(), 1);
    assert!(query.matches(&events[0].event));
}
