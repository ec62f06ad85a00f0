//! What a provider may get wrong.

mod fake;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::Secret;
use openid::{Begun, Flow, OpenIdError, Person};
use serde_json::{Value, json};

use fake::{Fake, Key};

async fn begun(fake: &Fake) -> (Flow, Begun) {
    let flow = Flow::discover(fake.provider()).await.expect("is described");
    let begun = flow.begin();
    (flow, begun)
}

async fn finish(flow: &Flow, begun: &Begun) -> Result<Person, OpenIdError> {
    flow.finish(&Secret::new("the-code"), &begun.nonce, &begun.verifier).await
}

#[tokio::test]
async fn somebody_comes_back_as_who_they_are() {
    let key = Key::new("1");
    let fake = Fake::start(&key).await;
    let (flow, begun) = begun(&fake).await;
    assert!(begun.address.starts_with(&format!("{}/authorize?", fake.address)), "{}", begun.address);
    for part in
        ["response_type=code", "client_id=portal", "code_challenge_method=S256", "scope=openid+profile"]
    {
        assert!(begun.address.contains(part), "{part} in {}", begun.address);
    }
    for hidden in [begun.verifier.expose(), "hush"] {
        assert!(!begun.address.contains(hidden), "the browser sees no secret");
    }
    fake.gives(&key.sign(&fake.claims(&begun.nonce)));
    let person = finish(&flow, &begun).await.expect("signs in");
    let expected = Person {
        issuer: fake.address.clone(),
        subject: "17".to_owned(),
        username: "anna".to_owned(),
        roles: vec!["Admins".to_owned(), "Staff".to_owned()],
    };
    assert_eq!(person, expected);
    let asked = fake.told(|answers| answers.asked.clone());
    let wanted =
        ["code=the-code", "client_secret=hush", &format!("code_verifier={}", begun.verifier.expose())]
            .map(str::to_owned);
    for part in wanted {
        assert!(asked[0].contains(&part), "{part} in {asked:?}");
    }
}

#[tokio::test]
async fn a_token_that_was_not_made_for_this_sign_in_is_refused() {
    let (key, stranger) = (Key::new("1"), Key::new("1"));
    let fake = Fake::start(&key).await;
    let (flow, begun) = begun(&fake).await;
    let good = fake.claims(&begun.nonce);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let unsigned = format!("{}.{}.", BASE64.encode(r#"{"alg":"none"}"#), BASE64.encode(good.to_string()));
    let tokens = [
        ("another sign-in's", key.sign(&with("nonce", json!("another")))),
        ("another client's", key.sign(&with("aud", json!("somebody")))),
        ("another provider's", key.sign(&with("iss", json!("https://other.example")))),
        ("expired", key.sign(&with("exp", json!(1_700_000_000)))),
        ("of another access token", key.sign(&with("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")))),
        ("signed by a stranger", stranger.sign(&good)),
        ("not signed", unsigned),
    ];
    for (what, token) in tokens {
        fake.gives(&token);
        let refused = finish(&flow, &begun).await;
        assert!(matches!(refused, Err(OpenIdError::Token(_))), "{what}: {refused:?}");
    }
    fake.told(|answers| answers.token = json!({ "access_token": "at", "token_type": "Bearer" }));
    assert!(matches!(finish(&flow, &begun).await, Err(OpenIdError::Token(_))), "none at all");
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_looked_up() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let fake = Fake::start(&old).await;
    let (flow, begun) = begun(&fake).await;
    fake.gives(&new.sign(&fake.claims(&begun.nonce)));
    let refused = finish(&flow, &begun).await;
    assert!(matches!(refused, Err(OpenIdError::Token(_))), "nobody knows the key: {refused:?}");
    fake.knows(&new);
    assert_eq!(finish(&flow, &begun).await.expect("signs in").username, "anna");
}

#[tokio::test]
async fn groups_and_names_may_lie_behind_the_endpoint_for_them() {
    let key = Key::new("1");
    let fake = Fake::start(&key).await;
    let (flow, begun) = begun(&fake).await;
    let mut claims = fake.claims(&begun.nonce);
    let fields = claims.as_object_mut().expect("an object");
    fields.remove("groups");
    fields.remove("preferred_username");
    fake.gives(&key.sign(&claims));
    fake.told(|answers| {
        answers.user_info = json!({ "sub": "17", "email": "a@b.example", "groups": "Staff" });
    });
    let person = finish(&flow, &begun).await.expect("signs in");
    assert_eq!((person.username.as_str(), person.roles), ("a@b.example", vec!["Staff".to_owned()]));
    // Somebody else's claims are nobody's.
    fake.told(|answers| answers.user_info = json!({ "sub": "18", "groups": ["Admins"] }));
    assert!(matches!(finish(&flow, &begun).await, Err(OpenIdError::Refused(_))));
}

#[tokio::test]
async fn what_the_provider_says_no_with_is_told() {
    let key = Key::new("1");
    let fake = Fake::start(&key).await;
    let (flow, begun) = begun(&fake).await;
    fake.told(|answers| {
        answers.token_status = 400;
        answers.token = json!({ "error": "invalid_grant", "error_description": "code is spent" });
    });
    match finish(&flow, &begun).await {
        Err(OpenIdError::Refused(said)) => assert!(said.contains("code is spent"), "{said}"),
        other => panic!("{other:?}"),
    }
    // An answer that is none may hold secrets; it is not told.
    fake.told(|answers| {
        answers.token_status = 200;
        answers.token = json!({ "access": "very secret" });
    });
    let refused = finish(&flow, &begun).await.expect_err("is no token").to_string();
    assert!(!refused.contains("very secret"), "{refused}");
}

#[tokio::test]
async fn a_description_of_somebody_else_or_of_a_megabyte_is_refused() {
    let key = Key::new("1");
    let fake = Fake::start(&key).await;
    fake.told(|answers| answers.issuer = Some("https://other.example".to_owned()));
    let other = Flow::discover(fake.provider()).await;
    assert!(matches!(other, Err(OpenIdError::Description(_))), "{other:?}");
    fake.told(|answers| {
        answers.issuer = None;
        answers.keys = vec![json!({ "kty": "oct", "k": "x".repeat(2 << 20) })];
    });
    let large = Flow::discover(fake.provider()).await.expect_err("is too large").to_string();
    assert!(large.contains("larger than a megabyte"), "{large}");
    let nobody = openid::Provider { issuer: "http://127.0.0.1:1".to_owned(), ..fake.provider() };
    let unreachable = Flow::discover(nobody).await;
    assert!(matches!(unreachable, Err(OpenIdError::Unreachable(_))), "{unreachable:?}");
}
