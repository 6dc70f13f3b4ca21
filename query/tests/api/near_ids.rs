//! Ids and codes that are written otherwise than events have them, and what is offered instead.

use steplog_model::column::Column;
use steplog_model::testing::build::EventBuilder;

use crate::asking::query;
use crate::near::offers;
use crate::support::{Server, ago, step};

const UUID: &str = "550e8400-e29b-41d4-a716-446655440000";
const NUMBER: &str = "12345678901234567890";

async fn server() -> Server {
    let with = |id: u128, column: Column, value: &str| {
        EventBuilder::new(id, ago(60)).cell(Column::Event, "x").cell(column, value).build()
    };
    let code = EventBuilder::new(9, ago(60)).cell(Column::Event, "x").attribute("order.code", "AB-12");
    Server::with(vec![
        with(1, Column::Interaction, UUID),
        with(2, Column::Person, NUMBER),
        with(3, Column::Person, "customer-9"),
        with(4, Column::Person, "O'Reilly"),
        with(5, Column::Interaction, "E-4711"),
        with(6, Column::Person, "max@example.com"),
        with(7, Column::Conversation, "CUST-0273-XK41"),
        EventBuilder::new(8, ago(60)).body("parcel P77 of order4712 for the McDonald").build(),
        code.build(),
    ])
    .await
}

#[tokio::test]
async fn an_id_behind_a_name_is_offered_alone() {
    let server = server().await;
    let with = |before: &str, id: &str, behind: &str| format!("{before}{id}{behind}");
    for (before, behind) in [
        ("id=", ""),
        ("key=", ","),
        ("order-", ""),
        ("https://shop.example/orders/", "?tab=1"),
        ("{\"id\":\"", "\"}"),
        ("the id is ", ""),
    ] {
        offers(&server, &[("q", &with(before, UUID, behind), UUID)]).await;
    }
    offers(
        &server,
        &[
            ("q", &with("user_id=", NUMBER, ""), NUMBER),
            ("q", "ref=customer-9", "customer-9"),
            ("interaction", &with("urn:uuid:", UUID, ""), UUID),
            ("interaction", &with("id=", UUID, ""), UUID),
            ("person", &with("user_id: ", NUMBER, ""), NUMBER),
        ],
    )
    .await;
    // What is no search is told with what it finds otherwise.
    for before in ["urn:uuid:", "key:", "uuid::", "user_id:"] {
        let asked = format!("/api/v1/events?why=1&{}", query(&[("q", &with(before, UUID, ""))]));
        let answer = server.get(&asked).await;
        assert_eq!(answer.status, 400, "{before}");
        let told = format!(". This finds 1 event: {UUID}");
        let hint = answer.json()["errors"][0]["hint"].as_str().unwrap().to_owned();
        assert!(hint.ends_with(&told), "{before}: {hint}");
    }
}

#[tokio::test]
async fn a_part_of_an_id_is_found_by_its_longest_beginning_or_its_end() {
    offers(
        &server().await,
        &[
            ("q", "550e8400-e29b-41d4-a716-44665544", "550e8400e29b41d*"),
            ("q", "550e8400-e29b-41d4-a716-4466554400001", "550e8400e29b41d*"),
            ("q", "550e8400-e29b-41", "550e8400-e29b-41*"),
            ("q", "550e8400-e29a-41d4-a716-446655440000", "550e8400e29*"),
            ("q", "50e8400-e29b-41d4-a716-446655440000", "*b-41d4-a716-446655440000"),
            ("q", "customer-91", "customer-9*"),
            ("q", "1234567890123456789", "123456789012345*"),
            ("interaction", "550e8400-e29b-41d4-a716-44665544", UUID),
            ("interaction", "550e8400-e29b-41d4-a716-4466554400001", UUID),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_id_that_is_shown_cut_is_found_with_its_gap() {
    offers(
        &server().await,
        &[
            ("q", "CU… 273-XK41", "*273-XK41"),
            ("q", "CU…273-XK41", "*273-XK41"),
            ("q", "CU...273-XK41", "*273-XK41"),
            ("q", "5… 55440000", "*55440000"),
            ("q", "ma…mple.com", "person:*mple.com"),
            ("q", "ma… mple.com", "person:*mple.com"),
            ("conversation", "CU… 273-XK41", "*273-XK41"),
            ("person", "ma… mple.com", "*mple.com"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_same_letters_and_digits_are_a_near_miss() {
    offers(
        &server().await,
        &[
            ("q", "customer9", "customer-9"),
            ("q", "OReilly", "O'Reilly"),
            ("q", "oreilly", "o'reilly"),
            ("q", "oreilly's", "o'reilly"),
            ("q", "E4711", "E-4711"),
            ("q", "P-77", "P77"),
            ("q", "parcel P-77", "parcel P77"),
            ("q", "P 77", "P77"),
            ("q", "order 4712", "order4712"),
            ("q", "Mc Donald", "McDonald"),
            ("person", "customer9", "customer-9"),
            ("person", "Customer_9", "customer-9"),
            ("person", "OReilly", "O'Reilly"),
            ("person", "oreilly", "O'Reilly"),
            ("interaction", "e4711", "E-4711"),
            ("attr.order.code", "AB12", "AB-12"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_says_nothing_is_not_offered() {
    let event = step(1, ago(60), "x", "success").body("the s of an orange, in 14.4 s").build();
    let server = Server::with(vec![event]).await;
    for text in ["zebra's", "or", "Took 99.9 s", "zebra s", "15:46:02.617"] {
        let page = server.ok(&format!("/api/v1/events?why=1&{}", query(&[("q", text)]))).await;
        let near = page["near"].as_array().unwrap();
        assert!(near.is_empty(), "{text}: {near:?}");
    }
}
