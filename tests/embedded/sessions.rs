//! How long a session lasts, and what a restart leaves of accounts, sessions and keys.

use serde_json::{Value, json};

use crate::support::{
    Beside, Ground, PASSWORD, Person, Running, SESSION, SIGN_IN, is_signed_in, on_both, opened, sign_in,
    sign_up, try_sign_in,
};

const DAY: i64 = 24 * 60 * 60 * 1000;

on_both!(
    an_expired_session_is_none,
    a_session_is_extended_once_a_day_and_not_more_often,
    a_session_that_was_not_to_be_remembered_lasts_a_day_and_is_not_extended,
    a_restart_keeps_accounts_sessions_and_the_signing_key,
    another_secret_makes_a_new_key_and_believes_no_old_session,
    a_key_pair_is_kept_encrypted,
);

async fn an_expired_session_is_none(ground: &Ground) {
    let auth = ground.auth().start().await;
    let person = sign_up(&auth, "ada@example.com").await;
    age(&mut ground.beside("auth").await, 7 * DAY).await;
    let visitor = auth.visitor();
    for way in
        [visitor.bearer(&person.signed), visitor.bearer(&person.bare), visitor.with("cookie", &person.cookie)]
    {
        let answer = way.get(SESSION).await.expect(200);
        assert_eq!(answer.json(), json!(null));
        assert!(answer.all("set-cookie").iter().all(|cookie| cookie.contains("Max-Age=0")), "{answer:?}");
        let refused = way.get("/api/auth/token").await.expect(401);
        assert!(refused.header("set-cookie").contains("Max-Age=0"), "{refused:?}");
    }
    // A start forgets what has ended.
    auth.stop().await;
    let _auth = ground.auth().start().await;
    let left = ground.beside("auth").await.number("SELECT count(*) FROM portolan_sessions").await;
    assert_eq!(left, 0);
}

async fn a_session_is_extended_once_a_day_and_not_more_often(ground: &Ground) {
    let auth = ground.auth().start().await;
    let person = sign_up(&auth, "ada@example.com").await;
    let mut beside = ground.beside("auth").await;
    let begun = end_of(&person, &auth, "").await;

    age(&mut beside, DAY - 60_000).await;
    let young = end_of(&person, &auth, "").await;
    assert_eq!(young.1, "", "it is not a day old");
    assert!(young.0 < begun.0);

    age(&mut beside, 120_000).await;
    let not_asked = end_of(&person, &auth, "?disableRefresh=true").await;
    assert_eq!(not_asked.1, "", "the client asked for no extension");
    let extended = end_of(&person, &auth, "").await;
    assert!(extended.0 >= begun.0, "{} is a week from now", extended.0);
    assert!(extended.1.contains("Max-Age=604800"), "the cookie comes anew: {}", extended.1);
    let again = end_of(&person, &auth, "").await;
    assert_eq!(again, (extended.0, String::new()), "once");
    assert!(is_signed_in(&auth.visitor().with("cookie", &person.cookie)).await, "the token is the same");
}

async fn a_session_that_was_not_to_be_remembered_lasts_a_day_and_is_not_extended(ground: &Ground) {
    let auth = ground.auth().start().await;
    sign_up(&auth, "ada@example.com").await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "rememberMe": false });
    let answer = auth.visitor().post(SIGN_IN, body).await.expect(200);
    let cookies: Vec<&str> =
        answer.all("set-cookie").iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    assert!(answer.all("set-cookie").iter().all(|cookie| !cookie.contains("Max-Age")), "{answer:?}");
    let browser = auth.visitor().with("cookie", &cookies.join("; "));
    let session = browser.get(SESSION).await.expect(200);
    let lasting =
        moment(&session.json()["session"]["expiresAt"]) - moment(&session.json()["session"]["createdAt"]);
    assert!((DAY - 60_000..=DAY + 60_000).contains(&lasting), "{lasting}");
    age(&mut ground.beside("auth").await, DAY / 2).await;
    let later = browser.get(SESSION).await.expect(200);
    assert_eq!(later.header("set-cookie"), "", "it ends with the browser");
    assert!(moment(&later.json()["session"]["expiresAt"]) < moment(&session.json()["session"]["expiresAt"]));
}

async fn a_restart_keeps_accounts_sessions_and_the_signing_key(ground: &Ground) {
    let auth = ground.auth().start().await;
    let person = sign_up(&auth, "ada@example.com").await;
    let keys = keys_of(&auth).await;
    let token = person.token(&auth, "token").await;
    assert_eq!(opened(&token).0["kid"], keys[0]["kid"]);
    auth.stop().await;
    // Once after an orderly end, and once after none.
    for _ in 0..2 {
        let auth = ground.auth().start().await;
        assert_eq!(keys_of(&auth).await, keys);
        assert!(is_signed_in(&person.at(&auth)).await);
        assert_eq!(sign_in(&auth, "ada@example.com").await.user, person.user);
        try_sign_in(&auth, "ada@example.com", "a wrong password").await.expect(401);
        assert_eq!(opened(&person.token(&auth, "token").await).0["kid"], keys[0]["kid"]);
        auth.kill().await;
    }
}

async fn another_secret_makes_a_new_key_and_believes_no_old_session(ground: &Ground) {
    let auth = ground.auth().start().await;
    let person = sign_up(&auth, "ada@example.com").await;
    let old = keys_of(&auth).await;
    auth.stop().await;
    let other = ground.auth().env("BETTER_AUTH_SECRET", "another-secret-of-32-characters!");
    let auth = other.start().await;
    let new = keys_of(&auth).await;
    assert_ne!(new[0]["kid"], old[0]["kid"]);
    assert_ne!(new[0]["x"], old[0]["x"]);
    assert_eq!(new.len(), 1, "a pair of another secret is not to be believed any more");
    assert!(!is_signed_in(&person.at(&auth)).await, "its signature is of another secret");
    let again = sign_in(&auth, "ada@example.com").await;
    assert_eq!(opened(&again.token(&auth, "token").await).0["kid"], new[0]["kid"]);
    auth.stop().await;
    // And back: the first key is still there.
    let auth = ground.auth().start().await;
    assert_eq!(keys_of(&auth).await[0], old[0]);
}

async fn a_key_pair_is_kept_encrypted(ground: &Ground) {
    let auth = ground.auth().start().await;
    let keys = keys_of(&auth).await;
    assert_eq!(keys.len(), 1);
    for (name, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA")] {
        assert_eq!(keys[0][name], value);
    }
    assert_eq!(keys[0].as_object().unwrap().len(), 5, "nothing private is published: {keys:?}");
    // The first bytes of an Ed25519 key as PKCS #8, in base64: it would begin so if it were plain.
    let plain =
        "SELECT count(*) FROM portolan_signing_keys WHERE private_key LIKE 'MF%' OR private_key LIKE 'MC%'";
    let mut beside = ground.beside("auth").await;
    assert_eq!(beside.number("SELECT count(*) FROM portolan_signing_keys").await, 1);
    // A nonce stands before it, which begins like that once in two thousand times.
    assert_eq!(beside.number(&format!("{plain} AND length(private_key) < 150")).await, 0);
}

/// Makes all sessions older.
async fn age(beside: &mut Beside, milliseconds: i64) {
    let moved = ["expires_at", "created_at", "updated_at"]
        .map(|column| format!("{column} = {column} - {milliseconds}"));
    let met = beside.execute(&format!("UPDATE portolan_sessions SET {}", moved.join(", "))).await;
    assert!(met > 0);
}

/// When the session ends, in milliseconds, and the cookie that came with it.
async fn end_of(person: &Person, auth: &Running, query: &str) -> (i64, String) {
    let answer = person.at(auth).get(&format!("{SESSION}{query}")).await.expect(200);
    (moment(&answer.json()["session"]["expiresAt"]), answer.header("set-cookie").to_owned())
}

fn moment(value: &Value) -> i64 {
    value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

async fn keys_of(auth: &Running) -> Vec<Value> {
    let keys = auth.visitor().get("/api/auth/jwks").await.expect(200).json();
    keys["keys"].as_array().unwrap().clone()
}
