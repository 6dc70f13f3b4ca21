//! Slips with the first letter of a word, and in the key of an attribute.

use serde_json::json;

use crate::asking::query;
use crate::support::{Server, ago, step};

async fn server() -> Server {
    let paid = step(1, ago(60), "order.paid", "success").body("the checkout was renewed");
    let other = step(2, ago(50), "order.sent", "success").body("parcel with gold");
    Server::with(vec![
        paid.attribute("customer_tier", "gold").attribute("tenant.region", "eu").build(),
        other.build(),
    ])
    .await
}

#[tokio::test]
async fn a_slip_with_the_first_letter_is_near() {
    let server = server().await;
    for (asked, instead) in [
        ("heckout", "checkout"),
        ("hceckout", "checkout"),
        ("cehckout", "checkout"),
        ("xcheckout", "checkout"),
        ("vheckout renewed", "checkout renewed"),
        ("enewed", "renewed"),
        ("arcel", "parcel"),
    ] {
        let page = server.ok(&format!("/api/v1/events?why=1&{}", query(&[("q", asked)]))).await;
        assert_eq!(page["near"][0]["instead"], instead, "{asked}: {page}");
        assert_eq!(page["near"][0]["events"], 1);
    }
    // Two slips that change the first letter as well are another word.
    for asked in ["ehckuotx", "xheckuot"] {
        let page = server.ok(&format!("/api/v1/events?why=1&{}", query(&[("q", asked)]))).await;
        assert_eq!(page["near"], json!([]), "{asked}");
    }
}

#[tokio::test]
async fn an_accent_that_was_left_out_is_nearer_than_another_letter() {
    let mut events = vec![step(1, ago(60), "order.paid", "success").body("Café crème in Málaga").build()];
    events.extend((2..6).map(|id| step(id, ago(50), "order.sent", "success").body("case creme4").build()));
    let server = Server::with(events).await;
    for (asked, instead) in [("cafe", "café"), ("malaga", "málaga"), ("cafe creme", "café crème")] {
        let page = server.ok(&format!("/api/v1/events?why=1&{}", query(&[("q", asked)]))).await;
        assert_eq!(page["near"][0]["instead"], instead, "{asked}: {page}");
        assert_eq!(page["near"][0]["events"], 1);
    }
}

#[tokio::test]
async fn a_key_that_nothing_has_is_told_with_the_nearest_one() {
    let server = server().await;
    for (asked, instead) in [
        ("attr.custmer_tier:gold", "attr.customer_tier:\"gold\""),
        ("attribute.custmer_tier:gold", "attr.customer_tier:\"gold\""),
        ("attributes.customer_tier=gold", "attr.customer_tier:\"gold\""),
        ("order attr.custmer_tier:gold", "order attr.customer_tier:\"gold\""),
        ("attr.tenant.regoin:eu", "attr.tenant.region:\"eu\""),
    ] {
        let page = server.ok(&format!("/api/v1/events?why=1&{}", query(&[("q", asked)]))).await;
        assert_eq!(page["near"][0]["instead"], instead, "{asked}: {page}");
    }
    let refused = server.get("/api/v1/events?why=1&q=custmer_tier:gold").await;
    assert!(refused.text.contains("attr.customer_tier:\\\"gold\\\""), "{}", refused.text);
    let any = query(&[("q", "attr.custmer_tier:*")]);
    for asked in ["attr.custmer_tier=gold", "attr.custmer_tier=*", "attr.custmer_tier=silver", &any] {
        let page = server.ok(&format!("/api/v1/events?why=1&{asked}")).await;
        let hint = page["hints"][0]["hint"].as_str().unwrap();
        assert!(hint.contains("did you mean attr.customer_tier?"), "{asked}: {page}");
    }
    // One that some event has is right, whatever its values are.
    let page = server.ok("/api/v1/events?why=1&attr.customer_tier=silver").await;
    assert!(!page["hints"].to_string().contains("did you mean"), "{page}");
    let page = server.ok("/api/v1/events?why=1&attr.quantity=3").await;
    assert_eq!(page["hints"][0]["hint"], json!("no event of this period has attr.quantity at all"));
}
