//! Tokens: what they say, and which of them the backend believes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::json;

use crate::support::{
    AUTH, Answer, EdKey, FakeAuth, Ground, Key, Raw, Running, SECRET, Token, Visitor, now, on_both, opened,
    sign_up, write_record,
};

on_both!(tokens_of_either_kind_say_who_it_is_and_the_backend_believes_them);

async fn tokens_of_either_kind_say_who_it_is_and_the_backend_believes_them(ground: &Ground) {
    let auth = ground.auth().start().await;
    let backend = ground.backend().env("AUTH_SERVICE_URL", auth.url()).start().await;
    let ada = sign_up(&auth, "ada@example.com").await;
    let bob = sign_up(&auth, "bob@example.com").await;
    let began = now();
    for (kind, algorithm) in [("token", "EdDSA"), ("hs256-token", "HS256")] {
        let token = ada.token(&auth, kind).await;
        let (header, claims) = opened(&token);
        assert_eq!(header["alg"], algorithm);
        assert_eq!(header.get("kid").is_some(), algorithm == "EdDSA", "{header}");
        assert_eq!((&claims["sub"], &claims["email"]), (&ada.user["id"], &ada.user["email"]));
        assert_eq!(claims["name"], "Somebody");
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(auth.url()), &json!(auth.url())));
        let (issued, ends) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        assert!((began - 1..=now()).contains(&issued), "{claims}");
        assert_eq!(ends - issued, 15 * 60);
        backend.visitor().bearer(&token).add(kind).await;
    }
    // Either token is of the same user, and of no other.
    let token = ada.token(&auth, "token").await;
    assert_eq!(backend.visitor().bearer(&token).tasks("").await.len(), 2);
    let token = bob.token(&auth, "hs256-token").await;
    assert_eq!(backend.visitor().bearer(&token).tasks("").await.len(), 0);
    // The session's answer brings one along, for clients that want no second request.
    let session = ada.at(&auth).get("/api/auth/get-session").await.expect(200);
    backend.visitor().bearer(session.header("set-auth-jwt")).get("/api/tasks").await.expect(200);
    // A session's token is none of these.
    backend.visitor().bearer(&ada.signed).get("/api/tasks").await.expect(401);
}

/// A backend that knows an auth service with one EdDSA key.
async fn backend(ground: &Ground, auth: &FakeAuth) -> Running {
    ground.backend().env("AUTH_SERVICE_URL", &*auth.url).start().await
}

/// Fails unless the token is refused as a token, and says why in these words.
async fn refused(backend: &Running, token: &str, why: &str) {
    let answer = backend.visitor().bearer(token).get("/api/tasks").await;
    assert_eq!(answer.status, 401, "{why}: {answer:?}");
    answer.assert_problem();
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""), "{answer:?}");
    assert!(answer.text().contains(why), "{why}: {answer:?}");
    let parts = token.split('.').filter(|part| part.len() > 8);
    assert!(parts.into_iter().all(|part| !answer.told().contains(part)), "a refusal quotes nothing");
}

#[tokio::test]
async fn whose_tokens_are_believed_does_not_change_while_auth_is_down() {
    let ground = Ground::sqlite();
    let records = ground.folder().join("records");
    std::fs::create_dir(&records).unwrap();
    let setup = ground.backend().without("AUTH_SERVICE_URL");
    let backend = setup.env("SERVICE_DISCOVERY_PATH", records.to_str().unwrap()).start().await;
    let status =
        async |token: &Token| backend.visitor().bearer(&token.hs256(SECRET)).get("/api/tasks").await.status;
    let (own, foreign) = (Token::of("ada"), Token::of("ada").from("http://127.0.0.1:10"));
    // As long as nobody says who auth is, the secret has to do.
    assert_eq!((status(&own).await, status(&foreign).await), (200, 200));
    write_record(&records, "auth", &json!({ "url": AUTH }).to_string());
    assert_eq!((status(&own).await, status(&foreign).await), (200, 401));
    std::fs::remove_file(records.join("auth.json")).unwrap();
    assert_eq!((status(&own).await, status(&foreign).await), (200, 401));
}

#[tokio::test]
async fn a_good_token_is_believed_under_every_name_of_loopback() {
    let (ground, key) = (Ground::sqlite(), EdKey::new("one"));
    let auth = FakeAuth::publishing(vec![key.jwk()]);
    let backend = backend(&ground, &auth).await;
    let port = auth.url.rsplit(':').next().unwrap();
    let good = Token::of("ada").from(&auth.url);
    let mut tokens = vec![
        good.hs256(SECRET),
        good.by(&key),
        // Five seconds between two clocks are nothing.
        good.clone().claim("exp", json!(now() - 1)).hs256(SECRET),
        good.clone().claim("nbf", json!(now() + 2)).claim("iat", json!(now() + 2)).hs256(SECRET),
        good.clone().without("iat").hs256(SECRET),
        good.clone().claim("aud", json!(["https://elsewhere.example", auth.url])).hs256(SECRET),
        good.clone().claim("exp", json!(now() as f64 + 60.5)).hs256(SECRET),
    ];
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        tokens.push(good.clone().from(&format!("http://{host}:{port}")).by(&key));
    }
    for (n, token) in tokens.iter().enumerate() {
        let answer = backend.visitor().bearer(token).get("/api/tasks").await;
        assert_eq!(answer.status, 200, "token {n}: {answer:?}");
    }
    // The word before it in any case.
    let bearer = format!("bEARER   {}", tokens[0]);
    backend.visitor().with("authorization", &bearer).get("/api/tasks").await.expect(200);
}

#[tokio::test]
async fn a_token_that_claims_too_much_or_too_little_is_refused() {
    let (ground, key) = (Ground::sqlite(), EdKey::new("one"));
    let auth = FakeAuth::publishing(vec![key.jwk()]);
    let backend = backend(&ground, &auth).await;
    let good = Token::of("ada").from(&auth.url);
    let cases: Vec<(Token, &str)> = vec![
        (good.clone().claim("exp", json!(now() - 60)), "expired"),
        (good.clone().claim("exp", json!(0)), "expired"),
        (good.clone().claim("exp", json!(-1)), ""),
        (good.clone().claim("exp", json!("never")), ""),
        (good.clone().without("exp"), "exp"),
        (good.clone().claim("nbf", json!(now() + 60)), "not valid yet"),
        (good.clone().claim("iat", json!(now() + 60)), "not valid yet"),
        (good.clone().claim("aud", json!("https://elsewhere.example")), "audience"),
        (good.clone().claim("aud", json!([])), ""),
        (good.clone().claim("aud", json!(AUTH)), "audience"),
        (good.clone().claim("aud", json!(null)), ""),
        (good.clone().without("aud"), "aud"),
        (good.clone().claim("iss", json!("https://elsewhere.example")), "issuer"),
        (good.clone().claim("iss", json!(format!("{}/", auth.url))), "issuer"),
        (good.clone().claim("iss", json!(auth.url.replace("http:", "https:"))), "issuer"),
        (good.clone().without("iss"), "iss"),
        (good.clone().without("sub"), "sub"),
        (good.clone().claim("sub", json!("")), "sub"),
        (good.clone().claim("sub", json!(null)), "sub"),
        (good.clone().claim("sub", json!(7)), ""),
        (good.clone().claim("sub", json!({ "id": "ada" })), ""),
        (good.clone().claim("sub", json!("a\u{0}da")), "sub"),
        (good.clone().claim("sub", json!("a".repeat(256))), "sub"),
    ];
    for (token, why) in cases {
        refused(&backend, &token.hs256(SECRET), why).await;
        refused(&backend, &token.by(&key), why).await;
    }
}

#[tokio::test]
async fn a_token_that_nobody_trusted_signed_is_refused() {
    let (ground, key) = (Ground::sqlite(), EdKey::new("one"));
    let auth = FakeAuth::publishing(vec![key.jwk()]);
    let backend = backend(&ground, &auth).await;
    let good = Token::of("ada").from(&auth.url);
    let unsigned = |name: &str| good.clone().header("alg", json!(name)).signed(|_| Vec::new());
    for name in ["none", "None", "NONE", "nOnE", ""] {
        refused(&backend, &unsigned(name), "").await;
    }
    refused(&backend, &unsigned("HS256"), "signature").await;
    refused(&backend, &good.signed(|_| Vec::new()), "").await;
    refused(&backend, &good.clone().header("alg", json!(7)).signed(|_| Vec::new()), "").await;

    refused(&backend, &good.hs256("another-secret-that-is-long-enough-too"), "signature").await;
    refused(&backend, &good.hs256(""), "signature").await;
    refused(&backend, &good.hs256(&SECRET[..SECRET.len() - 1]), "signature").await;
    refused(&backend, &good.hmac(hmac::HMAC_SHA384, "HS384", SECRET), "algorithm").await;
    refused(&backend, &good.hmac(hmac::HMAC_SHA512, "HS512", SECRET), "algorithm").await;
    refused(&backend, &good.hmac(hmac::HMAC_SHA384, "HS256", SECRET), "signature").await;

    // What everybody knows is no secret: the public key, as its bytes, its text, its JSON.
    let jwk = key.jwk();
    let x = jwk["x"].as_str().unwrap();
    for public in [URL_SAFE_NO_PAD.decode(x).unwrap(), x.as_bytes().to_vec(), jwk.to_string().into_bytes()] {
        refused(&backend, &good.hs256(&public), "signature").await;
        refused(&backend, &good.clone().header("kid", json!("one")).hs256(&public), "signature").await;
        // As EdDSA, with a signature that is a digest.
        let digest = |text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), text);
        let named = good.clone().header("alg", json!("EdDSA")).header("kid", json!("one"));
        refused(&backend, &named.signed(|text| digest(text).as_ref().to_vec()), "signature").await;
    }

    let stranger = EdKey::new("one");
    refused(&backend, &good.by(&stranger), "signature").await;
    refused(&backend, &good.by(&EdKey::new("two")), "does not publish").await;
    // A sender's word for where the key is, or what it is, counts for nothing.
    let elsewhere = FakeAuth::publishing(vec![stranger.jwk()]);
    let keys_elsewhere = json!(format!("{}/api/auth/jwks", elsewhere.url));
    for (name, value) in [
        ("jwk", stranger.jwk()),
        ("jku", keys_elsewhere.clone()),
        ("x5u", keys_elsewhere),
        ("x5c", json!([URL_SAFE_NO_PAD.encode(x)])),
    ] {
        refused(&backend, &good.clone().header(name, value).by(&stranger), "").await;
    }
    assert_eq!(elsewhere.fetches(), 0, "nobody was asked there");
    // RFC 7515, 4.1.11: what is critical and not understood is to be refused.
    for critical in [json!(["b64"]), json!(["exp"]), json!([])] {
        refused(&backend, &good.clone().header("crit", critical.clone()).hs256(SECRET), "").await;
        refused(&backend, &good.clone().header("crit", critical).by(&key), "").await;
    }
    let no_name = good.clone().header("alg", json!("EdDSA")).signed(|text| key.sign(text));
    refused(&backend, &no_name, "key id").await;
    for kid in [json!("../../../etc/passwd"), json!("'; DROP TABLE portolan_tasks; --"), json!(""), json!([])]
    {
        let named = good.clone().header("alg", json!("EdDSA")).header("kid", kid);
        refused(&backend, &named.signed(|text| key.sign(text)), "").await;
    }
}

#[tokio::test]
async fn a_token_that_was_changed_since_or_is_none_is_refused() {
    let (ground, key) = (Ground::sqlite(), EdKey::new("one"));
    let auth = FakeAuth::publishing(vec![key.jwk()]);
    let backend = backend(&ground, &auth).await;
    let good = Token::of("ada").from(&auth.url);
    let other = Token::of("mallory").from(&auth.url);
    for (token, other) in [(good.hs256(SECRET), other.hs256(SECRET)), (good.by(&key), other.by(&key))] {
        let parts: Vec<&str> = token.split('.').collect();
        let claims = other.split('.').nth(1).unwrap();
        let long = "A".repeat(9_000);
        for changed in [
            format!("{}.{claims}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{token}.{}", parts[2]),
            format!("{}.{}.{}", parts[0], parts[1], &parts[2][1..]),
            format!(" {token}{long}"),
            format!("{}={}.{}", parts[0], parts[1], parts[2]),
            parts[0].to_owned(),
        ] {
            refused(&backend, &changed, "").await;
        }
    }
    let deep = format!("{}.e30.e30", URL_SAFE_NO_PAD.encode("[".repeat(4_000)));
    for garbage in ["x", "..", "...", "a.b.c", "%00", "e30.e30.e30", "null", "ey.ey.ey", &deep] {
        refused(&backend, garbage, "").await;
    }
}

#[tokio::test]
async fn whoever_brings_no_token_or_two_is_asked_for_one() {
    let ground = Ground::sqlite();
    let backend = ground.backend().start().await;
    let good = format!("Bearer {}", Token::of("ada").hs256(SECRET));
    let visitor = backend.visitor();
    let asked = [
        visitor.clone(),
        visitor.with("authorization", &good).with("authorization", &good),
        visitor.with("authorization", "Bearer"),
        visitor.with("authorization", &good.replace("Bearer", "Basic")),
        visitor.with("authorization", good.trim_start_matches("Bearer ")),
        visitor.with("cookie", &good.replace("Bearer ", "token=")),
    ];
    let everything: [AskFor; 5] = [
        |visitor| Box::pin(async move { visitor.get("/api/tasks").await }),
        |visitor| Box::pin(async move { visitor.post("/api/tasks", json!({ "title": "x" })).await }),
        |visitor| Box::pin(async move { visitor.put("/api/tasks/x", json!({ "title": "x" })).await }),
        |visitor| Box::pin(async move { visitor.patch("/api/tasks/x", json!({})).await }),
        |visitor| Box::pin(async move { visitor.delete("/api/tasks/x").await }),
    ];
    for visitor in &asked {
        for ask in everything {
            let answer = ask(visitor.clone()).await.expect(401);
            answer.assert_problem();
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"portolan\"");
        }
    }
    // A token in the address would stand in logs: it is none.
    let query = format!("/api/tasks?access_token={}", good.trim_start_matches("Bearer "));
    visitor.get(&query).await.expect(401);
}

type AskFor = fn(Visitor) -> std::pin::Pin<Box<dyn Future<Output = Answer>>>;

#[tokio::test]
async fn a_megabyte_of_header_is_refused_and_the_client_hears_of_it() {
    let ground = Ground::sqlite();
    let backend = ground.backend().start().await;
    let filler = "A".repeat(1 << 20);
    for header in
        [format!("Authorization: Bearer {filler}"), format!("X-Filler: {filler}"), "X: y\r\n".repeat(60_000)]
    {
        let mut raw = Raw::to(backend.port).await;
        let request = format!("GET /api/tasks HTTP/1.1\r\nHost: here\r\n{header}\r\n\r\n");
        let answer = raw.ask(&request).await;
        assert_eq!(answer.status, 431, "{answer:?}");
        assert!(raw.is_closed().await);
    }
    let long_path = format!("GET /{filler} HTTP/1.1\r\nHost: here\r\n\r\n");
    let answer = Raw::to(backend.port).await.ask(&long_path).await;
    assert!(matches!(answer.status, 414 | 431), "{answer:?}");
    // Others are served as before.
    backend.user("ada").get("/api/tasks").await.expect(200);
}

#[tokio::test]
async fn without_an_auth_service_the_secret_alone_has_to_do() {
    let ground = Ground::sqlite();
    let backend = ground.backend().without("AUTH_SERVICE_URL").start().await;
    let from_anywhere = Token::of("ada").from("https://elsewhere.example");
    let visitor = backend.visitor();
    visitor.bearer(&from_anywhere.hs256(SECRET)).get("/api/tasks").await.expect(200);
    visitor
        .bearer(&from_anywhere.without("iss").without("aud").hs256(SECRET))
        .get("/api/tasks")
        .await
        .expect(200);
    let expired = Token::of("ada").claim("exp", json!(now() - 60)).hs256(SECRET);
    visitor.bearer(&expired).get("/api/tasks").await.expect(401);
    visitor
        .bearer(&Token::of("ada").hs256("of-somebody-else-and-long-enough"))
        .get("/api/tasks")
        .await
        .expect(401);
    // Whether a public key is right cannot be known.
    let answer = visitor.bearer(&Token::of("ada").by(&EdKey::new("one"))).get("/api/tasks").await.expect(503);
    assert_ne!(answer.header("retry-after"), "");
}

#[tokio::test]
async fn a_backend_finds_the_auth_service_by_its_record_and_follows_it() {
    let (ground, key) = (Ground::sqlite(), EdKey::new("one"));
    let records = ground.folder().join("records");
    std::fs::create_dir(&records).unwrap();
    let setup = ground.backend().without("AUTH_SERVICE_URL");
    let backend = setup.env("SERVICE_DISCOVERY_PATH", records.to_str().unwrap()).start().await;
    let believes = async |auth: &FakeAuth, token: &Token| {
        let token = token.clone().from(&auth.url).by(&key);
        backend.visitor().bearer(&token).get("/api/tasks").await.status
    };
    let token = Token::of("ada");
    let (first, second) = (FakeAuth::publishing(vec![key.jwk()]), FakeAuth::publishing(vec![key.jwk()]));
    assert_eq!(believes(&first, &token).await, 503, "nobody knows yet where auth is");
    for (told, other) in [(&first, &second), (&second, &first)] {
        write_record(&records, "auth", &json!({ "url": told.url, "state": "healthy" }).to_string());
        crate::support::until("its tokens are believed", async || {
            (believes(told, &token).await == 200).then_some(())
        })
        .await;
        assert_eq!(believes(other, &token).await, 401, "it is not the auth service now");
    }
}
