//! Signing up, in and out.

use serde_json::json;

use crate::support::{
    Ground, PASSWORD, Person, SESSION, SIGN_IN, SIGN_OUT, SIGN_UP, is_signed_in, on_both, sign_in, sign_up,
    try_sign_in, try_sign_up,
};

on_both!(
    signing_up_signs_in,
    a_session_is_believed_by_cookie_by_signed_and_by_bare_bearer,
    signing_out_ends_this_session_and_no_other,
    an_email_belongs_to_one_account_in_whatever_case,
    of_twenty_sign_ups_at_once_with_one_email_exactly_one_wins,
    an_unknown_email_and_a_wrong_password_get_the_same_answer,
    every_password_that_signs_up_signs_in,
    every_problem_of_a_sign_up_is_told_at_once,
    texts_that_look_like_sql_are_names_like_any_other,
    a_page_of_another_site_cannot_sign_anybody_in_or_out,
);

async fn signing_up_signs_in(ground: &Ground) {
    let auth = ground.auth().start().await;
    let body = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
    let answer = auth.visitor().post(SIGN_UP, body).await.expect(200);
    let user = &answer.json()["user"];
    assert_eq!((&user["email"], &user["name"]), (&json!("ada@example.com"), &json!("Ada")));
    assert_eq!((&user["emailVerified"], &user["image"]), (&json!(false), &json!(null)));
    for moment in ["createdAt", "updatedAt"] {
        assert!(user[moment].as_str().unwrap().ends_with('Z'), "{user}");
    }
    let cookie = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let person = Person::of(&answer);
    assert!(person.signed.starts_with(&format!("{}.", person.bare)), "the header has the signed token");

    let session = person.at(&auth).get(SESSION).await.expect(200);
    assert_eq!(session.header("cache-control"), "no-store");
    let session = session.json();
    assert_eq!(session["user"], *user);
    assert_eq!(session["session"]["userId"], user["id"]);
    assert_eq!(session["session"]["token"], person.bare);
    assert_eq!(session["session"]["ipAddress"], "127.0.0.1");

    let again = try_sign_in(&auth, "ada@example.com", PASSWORD).await.expect(200).json();
    assert_eq!(again["user"], *user);
    assert_eq!(again["redirect"], false);
    assert_ne!(again["token"], person.bare, "each sign-in has a session of its own");
}

async fn a_session_is_believed_by_cookie_by_signed_and_by_bare_bearer(ground: &Ground) {
    let auth = ground.auth().start().await;
    let person = sign_up(&auth, "ada@example.com").await;
    let visitor = auth.visitor();
    let good = [
        visitor.with("cookie", &person.cookie),
        visitor.with("cookie", &format!("theme=dark; {}; lang=en", person.cookie)),
        visitor.bearer(&person.signed),
        visitor.bearer(&person.bare),
        visitor.with("cookie", &person.cookie).bearer(&person.signed),
    ];
    for visitor in good {
        assert!(is_signed_in(&visitor).await);
        visitor.get("/api/auth/token").await.expect(200);
    }
    let (_, value) = person.cookie.split_once('=').unwrap();
    let other = sign_up(&auth, "bob@example.com").await;
    let (_, signature) = other.signed.split_once('.').unwrap();
    let bad = [
        visitor.clone(),
        // A cookie is believed with its own signature alone.
        visitor.with("cookie", &format!("better-auth.session_token={}", person.bare)),
        visitor.with("cookie", &format!("better-auth.session_token={}.{signature}", person.bare)),
        visitor.with("cookie", &format!("session_token={value}")),
        visitor.bearer(&format!("{}.{signature}", person.bare)),
        visitor.bearer(&person.bare.to_lowercase()),
        visitor.bearer("' OR 1=1 --"),
        visitor.with("authorization", &format!("Basic {}", person.signed)),
        visitor.bearer(&person.signed).with("authorization", &format!("Bearer {}", person.signed)),
    ];
    for visitor in bad {
        assert!(!is_signed_in(&visitor).await);
        let refused = visitor.get("/api/auth/token").await.expect(401);
        assert_eq!(refused.json()["code"], "UNAUTHORIZED");
        visitor.get("/api/auth/hs256-token").await.expect(401);
    }
}

async fn signing_out_ends_this_session_and_no_other(ground: &Ground) {
    let auth = ground.auth().start().await;
    let here = sign_up(&auth, "ada@example.com").await;
    let there = sign_in(&auth, "ada@example.com").await;
    let out = here.at(&auth).post(SIGN_OUT, json!({})).await.expect(200);
    assert_eq!(out.json(), json!({ "success": true }));
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{out:?}");
    let visitor = auth.visitor();
    let ways =
        [visitor.with("cookie", &here.cookie), visitor.bearer(&here.signed), visitor.bearer(&here.bare)];
    for visitor in ways {
        assert!(!is_signed_in(&visitor).await);
        visitor.get("/api/auth/token").await.expect(401);
    }
    assert!(is_signed_in(&there.at(&auth)).await);
    // Nobody to sign out is no error.
    here.at(&auth).post(SIGN_OUT, json!({})).await.expect(200);
    visitor.post(SIGN_OUT, json!({})).await.expect(200);
    // By cookie, as a browser does it.
    let browser = visitor.with("cookie", &there.cookie).with("origin", &auth.url());
    browser.post(SIGN_OUT, json!({})).await.expect(200);
    assert!(!is_signed_in(&there.at(&auth)).await);
}

async fn an_email_belongs_to_one_account_in_whatever_case(ground: &Ground) {
    let auth = ground.auth().start().await;
    let first = sign_up(&auth, "Ada@Example.com").await;
    assert_eq!(first.user["email"], "ada@example.com");
    for email in ["Ada@Example.com", "ada@example.com", "ADA@EXAMPLE.COM"] {
        let second = try_sign_up(&auth, email).await.expect(422);
        assert_eq!(second.json()["code"], "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
        assert_eq!(sign_in(&auth, email).await.user["id"], first.user["id"]);
    }
}

async fn of_twenty_sign_ups_at_once_with_one_email_exactly_one_wins(ground: &Ground) {
    let auth = ground.auth().start().await;
    let sign_ups = (0..20).map(|n| {
        let email = if n % 2 == 0 { "ada@example.com" } else { "ADA@example.com" };
        try_sign_up(&auth, email)
    });
    let answers = futures_util::future::join_all(sign_ups).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(200), count(422)), (1, 19), "{answers:?}");
    let users = ground.beside("auth").await.number("SELECT count(*) FROM portolan_users").await;
    assert_eq!(users, 1);
    let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
    let id = &winner.json()["user"]["id"];
    assert_eq!(sign_in(&auth, "ada@example.com").await.user["id"], *id, "the winner's password counts");
}

async fn an_unknown_email_and_a_wrong_password_get_the_same_answer(ground: &Ground) {
    let auth = ground.auth().start().await;
    sign_up(&auth, "ada@example.com").await;
    let visitor = auth.visitor().with("x-request-id", "the-same");
    let refused = async |email: &str, password: &str| {
        let answer = visitor.post(SIGN_IN, json!({ "email": email, "password": password })).await;
        answer.expect(401).told()
    };
    let wrong = refused("ada@example.com", "a wrong password").await;
    assert!(wrong.contains("INVALID_EMAIL_OR_PASSWORD"), "{wrong}");
    assert_eq!(refused("nobody@example.com", "a wrong password").await, wrong);
    assert_eq!(refused("nobody@example.com", PASSWORD).await, wrong);
    assert_eq!(refused("ada@example.com", "").await, wrong);
}

async fn every_password_that_signs_up_signs_in(ground: &Ground) {
    let auth = ground.auth().start().await;
    let long = "é".repeat(128);
    let strange = ["naïve café 日本語", "12345678\0rest", "  spaces around  ", "'; DROP TABLE x;--", &long];
    for (n, password) in strange.into_iter().enumerate() {
        let email = format!("person{n}@example.com");
        let body = json!({ "name": "x", "email": email, "password": password });
        auth.visitor().post(SIGN_UP, body).await.expect(200);
        try_sign_in(&auth, &email, password).await.expect(200);
        try_sign_in(&auth, &email, &password.replacen(|_| true, "?", 1)).await.expect(401);
    }
    for (password, code) in [("1234567", "PASSWORD_TOO_SHORT"), (&*"x".repeat(129), "PASSWORD_TOO_LONG")] {
        let body = json!({ "name": "x", "email": "new@example.com", "password": password });
        let refused = auth.visitor().post(SIGN_UP, body).await.expect(400);
        assert_eq!(refused.json()["code"], code);
    }
}

async fn every_problem_of_a_sign_up_is_told_at_once(ground: &Ground) {
    let auth = ground.auth().start().await;
    let body = json!({ "email": "nobody", "password": 7, "rememberMe": "yes", "image": [] });
    let refused = auth.visitor().post(SIGN_UP, body).await.expect(400).json();
    assert_eq!(refused["code"], "VALIDATION_ERROR");
    for field in ["name", "email", "password", "rememberMe", "image"] {
        assert!(refused["message"].as_str().unwrap().contains(&format!("[body.{field}]")), "{refused}");
    }
    for body in [json!(null), json!([]), json!("text"), json!({})] {
        auth.visitor().post(SIGN_UP, body).await.expect(400);
    }
    for (long, most) in [("name", 255), ("image", 2_048)] {
        let mut body = json!({ "name": "x", "email": format!("{long}@example.com"), "password": PASSWORD });
        body[long] = json!("ä".repeat(most + 1));
        let refused = auth.visitor().post(SIGN_UP, body.clone()).await.expect(400).json();
        assert!(
            refused["message"].as_str().unwrap().contains(&format!("[body.{long}] Too big")),
            "{refused}"
        );
        body[long] = json!("ä".repeat(most));
        auth.visitor().post(SIGN_UP, body).await.expect(200);
    }
    for nul in ["name", "email", "image"] {
        let mut body = json!({ "name": "x", "email": "a@example.com", "password": PASSWORD });
        body[nul] = json!("a\u{0}b");
        auth.visitor().post(SIGN_UP, body).await.expect(400);
    }
    let post = reqwest::Method::POST;
    let sent = async |kind: &str, body: &[u8]| {
        auth.visitor().send(post.clone(), SIGN_UP, Some((kind, body.to_vec()))).await
    };
    sent("application/json", b"{\"name\":").await.expect(400);
    sent("application/json", b"\xff\xfe").await.expect(400);
    sent("text/plain", b"hello").await.expect(415);
}

async fn texts_that_look_like_sql_are_names_like_any_other(ground: &Ground) {
    let auth = ground.auth().start().await;
    for (n, text) in crate::support::SQL.into_iter().enumerate() {
        let email = format!("o'neil+{n}@example.com");
        let body = json!({ "name": text, "image": text, "email": email, "password": PASSWORD });
        let person =
            Person::of(&auth.visitor().with("user-agent", text).post(SIGN_UP, body).await.expect(200));
        let session = person.at(&auth).get(SESSION).await.expect(200).json();
        assert_eq!((&session["user"]["name"], &session["user"]["image"]), (&json!(text), &json!(text)));
        assert_eq!(session["session"]["userAgent"], text);
        assert_eq!(sign_in(&auth, &email).await.user["name"], text);
        // As an address it is none; as a password it is wrong.
        assert_eq!(try_sign_in(&auth, text, PASSWORD).await.status, 400);
        assert_eq!(try_sign_in(&auth, &email, text).await.status, 401);
    }
    let users = ground.beside("auth").await.number("SELECT count(*) FROM portolan_users").await;
    assert_eq!(users, i64::try_from(crate::support::SQL.len()).unwrap());
}

async fn a_page_of_another_site_cannot_sign_anybody_in_or_out(ground: &Ground) {
    let auth = ground.auth().env("FRONTEND_URL", "http://localhost:3456").start().await;
    let person = sign_up(&auth, "ada@example.com").await;
    let credentials = json!({ "email": "ada@example.com", "password": PASSWORD });
    let visitor = auth.visitor();
    for origin in
        ["http://evil.example", "null", "http://localhost:3457", "http://localhost:3456.evil.example"]
    {
        let page = visitor.with("origin", origin);
        page.post(SIGN_IN, credentials.clone()).await.expect(403);
        page.with("cookie", &person.cookie).post(SIGN_OUT, json!({})).await.expect(403);
    }
    visitor.with("cookie", &person.cookie).post(SIGN_OUT, json!({})).await.expect(403);
    let forged =
        json!({ "email": "ada@example.com", "password": PASSWORD, "callbackURL": "http://evil.example/" });
    visitor.post(SIGN_IN, forged).await.expect(403);
    assert!(is_signed_in(&person.at(&auth)).await);
    for origin in ["http://localhost:3456", "http://127.0.0.1:3456", "http://[::1]:3456"] {
        visitor.with("origin", origin).post(SIGN_IN, credentials.clone()).await.expect(200);
    }
}
