//! Public keys of the auth service: which kinds count, how often they are fetched, and what if they cannot be.

use serde_json::{Value, json};

use crate::support::{
    EdKey, FakeAuth, Ground, Key, P256Key, Reserved, RsaKey, Running, SECRET, Token, now, until,
};

/// Between two fetches, whoever asks for whatever, in seconds.
const PAUSE: i64 = 5;

async fn backend_of(ground: &Ground, url: &str) -> Running {
    ground.backend().env("AUTH_SERVICE_URL", url).start().await
}

/// What the backend answers to a token by that key.
async fn status(backend: &Running, url: &str, key: &dyn Key) -> u16 {
    let token = Token::of("ada").from(url).by(key);
    let answer = backend.visitor().bearer(&token).get("/api/tasks").await;
    if answer.status == 503 {
        answer.assert_problem();
        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0, "{answer:?}");
    }
    answer.status
}

#[tokio::test]
async fn keys_of_all_usual_kinds_are_believed() {
    let ground = Ground::sqlite();
    let keys: [&dyn Key; 3] = [&EdKey::new("ed"), &P256Key::new("p256"), &RsaKey::new("rsa")];
    let auth = FakeAuth::publishing(keys.iter().map(|key| key.jwk()).collect());
    let backend = backend_of(&ground, &auth.url).await;
    for key in keys {
        assert_eq!(status(&backend, &auth.url, key).await, 200, "{}", key.kid());
    }
    assert_eq!(auth.fetches(), 1);
    // Without `alg` the kind of key says enough.
    let bare = |key: &dyn Key| {
        let mut jwk = key.jwk();
        jwk.as_object_mut().unwrap().remove("alg");
        jwk
    };
    let plain = FakeAuth::publishing(keys.iter().map(|key| bare(*key)).collect());
    let backend = backend_of(&ground, &plain.url).await;
    for key in keys {
        assert_eq!(status(&backend, &plain.url, key).await, 200, "{}", key.kid());
    }
}

#[tokio::test]
async fn a_key_is_believed_for_its_own_algorithm_and_purpose_alone() {
    let ground = Ground::sqlite();
    let (ed, p256, rsa) = (EdKey::new("ed"), P256Key::new("p256"), RsaKey::new("rsa"));
    let changed = |key: &dyn Key, name: &str, value: &str| {
        let mut jwk = key.jwk();
        jwk[name] = json!(value);
        jwk
    };
    for keys in [
        // For encryption.
        [changed(&ed, "use", "enc"), changed(&p256, "use", "enc"), changed(&rsa, "use", "enc")],
        // For another algorithm.
        [changed(&ed, "alg", "ES256"), changed(&p256, "alg", "ES384"), changed(&rsa, "alg", "PS256")],
    ] {
        let auth = FakeAuth::publishing(keys.to_vec());
        let backend = backend_of(&ground, &auth.url).await;
        for key in [&ed as &dyn Key, &p256, &rsa] {
            assert_eq!(status(&backend, &auth.url, key).await, 401, "{}", key.kid());
        }
    }
    // A token that names another algorithm than the key is of.
    let auth = FakeAuth::publishing(vec![ed.jwk(), p256.jwk(), rsa.jwk()]);
    let backend = backend_of(&ground, &auth.url).await;
    for (name, key) in
        [("ES256", &ed as &dyn Key), ("EdDSA", &p256), ("PS256", &rsa), ("RS512", &rsa), ("HS256", &rsa)]
    {
        let token =
            Token::of("ada").from(&auth.url).header("alg", json!(name)).header("kid", json!(key.kid()));
        let token = token.signed(|text| key.sign(text));
        let answer = backend.visitor().bearer(&token).get("/api/tasks").await;
        assert_eq!(answer.status, 401, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn a_symmetric_key_that_is_published_is_nobodys_secret() {
    let ground = Ground::sqlite();
    let secret = "published-for-everybody-to-read-it";
    let k = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, secret);
    let oct = json!({ "kty": "oct", "kid": "oct", "alg": "HS256", "k": k });
    let ed = EdKey::new("ed");
    let auth = FakeAuth::publishing(vec![oct, ed.jwk()]);
    let backend = backend_of(&ground, &auth.url).await;
    let token = Token::of("ada").from(&auth.url).header("kid", json!("oct"));
    backend.visitor().bearer(&token.hs256(secret)).get("/api/tasks").await.expect(401);
    let as_eddsa = token.header("alg", json!("EdDSA")).signed(|text| ed.sign(text));
    backend.visitor().bearer(&as_eddsa).get("/api/tasks").await.expect(401);
    assert_eq!(status(&backend, &auth.url, &ed).await, 200, "the key beside it is believed");
}

#[tokio::test]
async fn a_key_that_nobody_here_understands_does_not_spoil_the_others() {
    let ground = Ground::sqlite();
    let ed = EdKey::new("ed");
    // RFC 7517, 5: what is not understood or out of range is to be ignored.
    let strange = [
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "kid": "a", "pub": "AAAA" }),
        json!({ "kty": "OKP", "crv": "X25519", "kid": "b", "x": "AAAA" }),
        json!({ "kty": "EC", "crv": "secp256k1", "kid": "c", "x": "AAAA", "y": "AAAA" }),
        json!({ "kty": "EC", "crv": "P-256", "kid": "d", "x": "%%%", "y": "AAAA" }),
        json!({ "kty": "RSA", "kid": "e" }),
        json!({ "kid": "f" }),
        json!({}),
    ];
    let keys = strange.into_iter().chain([ed.jwk()]).collect();
    let auth = FakeAuth::publishing(keys);
    let backend = backend_of(&ground, &auth.url).await;
    assert_eq!(status(&backend, &auth.url, &ed).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_requests_with_an_unknown_key_at_once_cause_one_fetch() {
    let (ground, key) = (Ground::sqlite(), EdKey::new("one"));
    let auth = FakeAuth::publishing(vec![key.jwk()]);
    let backend = backend_of(&ground, &auth.url).await;
    let began = now();
    // As many fetches as the pause allows, however slow this machine is.
    let allowed = || usize::try_from((now() - began) / PAUSE).unwrap() + 1;
    let all = |key: &dyn Key| {
        let token = Token::of("ada").from(&auth.url).by(key);
        let visitor = backend.visitor().bearer(&token);
        let asked = (0..50).map(move |_| {
            let visitor = visitor.clone();
            async move { visitor.get("/api/tasks").await.status }
        });
        futures_util::future::join_all(asked)
    };
    assert_eq!(all(&EdKey::new("two")).await, [401; 50]);
    assert!(auth.fetches() <= allowed(), "{} fetches", auth.fetches());
    assert_eq!(all(&EdKey::new("three")).await, [401; 50], "another unknown one");
    assert!(auth.fetches() <= allowed(), "{} fetches", auth.fetches());
    assert_eq!(all(&key).await, [200; 50], "a known one needs none");
    assert!(auth.fetches() <= allowed(), "{} fetches", auth.fetches());
    // And a key that is published later is found, when the pause is over.
    let late = EdKey::new("two");
    auth.publish(vec![key.jwk(), late.jwk()]);
    until("the new key is found", async || (status(&backend, &auth.url, &late).await == 200).then_some(()))
        .await;
    assert!((2..=allowed()).contains(&auth.fetches()), "{} fetches", auth.fetches());
}

#[tokio::test]
async fn while_nobody_listens_at_auth_the_backend_says_that_it_is_away_and_then_believes_it() {
    let (ground, key) = (Ground::sqlite(), EdKey::new("one"));
    let place = Reserved::new();
    let url = place.url();
    let backend = backend_of(&ground, &url).await;
    for _ in 0..3 {
        assert_eq!(status(&backend, &url, &key).await, 503);
    }
    // What needs no public key is served meanwhile.
    let own = Token::of("ada").from(&url).hs256(SECRET);
    backend.visitor().bearer(&own).get("/api/tasks").await.expect(200);
    backend.until_said("WARN public keys cannot be fetched").await;
    let auth = FakeAuth::at(url.clone(), place.listen(), vec![key.jwk()]);
    until("auth is back", async || (status(&backend, &url, &key).await == 200).then_some(())).await;
    assert_eq!(auth.fetches(), 1);
}

#[tokio::test]
async fn an_auth_service_that_is_unwell_is_as_good_as_away() {
    let ground = Ground::sqlite();
    let (known, unknown) = (EdKey::new("one"), EdKey::new("two"));
    for unwell in [500, 503, 302, 404] {
        let auth = FakeAuth::publishing(vec![known.jwk()]);
        auth.answer_with(unwell);
        let backend = backend_of(&ground, &auth.url).await;
        assert_eq!(status(&backend, &auth.url, &known).await, 503, "{unwell}");
    }
    // Keys that were fetched before are believed on; of others nobody knows.
    let auth = FakeAuth::publishing(vec![known.jwk()]);
    let backend = backend_of(&ground, &auth.url).await;
    assert_eq!(status(&backend, &auth.url, &known).await, 200);
    assert_eq!(status(&backend, &auth.url, &unknown).await, 401);
    auth.answer_with(500);
    until("the keys are asked for again", async || {
        (status(&backend, &auth.url, &unknown).await == 503).then_some(())
    })
    .await;
    for _ in 0..3 {
        assert_eq!(status(&backend, &auth.url, &unknown).await, 503, "nothing new is known since");
        assert_eq!(status(&backend, &auth.url, &known).await, 200);
    }
    auth.answer_with(200);
    until("auth is well", async || (status(&backend, &auth.url, &unknown).await == 401).then_some(())).await;
}

#[tokio::test]
async fn a_set_of_keys_that_is_none_is_no_reason_to_fall() {
    let ground = Ground::sqlite();
    let key = EdKey::new("one");
    let huge: Vec<Value> = vec![json!({ "kty": "OKP", "filler": "x".repeat(300 << 10) }), key.jwk()];
    let auth = FakeAuth::publishing(huge);
    let backend = backend_of(&ground, &auth.url).await;
    assert_eq!(status(&backend, &auth.url, &key).await, 503, "more than anybody needs");
    backend.until_said("it answered too much").await;
    assert_eq!(backend.visitor().get("/health").await.status, 200);
}
