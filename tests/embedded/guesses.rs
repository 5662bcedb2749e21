//! Guessing passwords, and what of a secret is ever told.

use serde_json::json;

use crate::support::{
    AUTH, Ground, PASSWORD, SECRET, SIGN_OUT, SIGN_UP, on_both, sign_up, try_sign_in, try_sign_up,
};

/// Wrong passwords for one address in a minute.
const MOST: usize = 10;

on_both!(
    the_eleventh_wrong_password_in_a_minute_is_refused_for_that_address_alone,
    guesses_at_once_count_like_guesses_in_a_row,
    the_right_password_forgives_wrong_ones,
    nothing_secret_is_ever_told,
);

async fn the_eleventh_wrong_password_in_a_minute_is_refused_for_that_address_alone(ground: &Ground) {
    let auth = ground.auth().start().await;
    sign_up(&auth, "ada@example.com").await;
    sign_up(&auth, "bob@example.com").await;
    // An address that nobody has is counted as well, or the refusal would tell who has an account.
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..MOST {
            try_sign_in(&auth, email, "a wrong password").await.expect(401);
        }
        // In another case it is the same address; and the right password helps no more.
        for (email, password) in [(email, "a wrong password"), (&email.to_uppercase(), PASSWORD)] {
            let refused = try_sign_in(&auth, email, password).await.expect(429);
            let wait: u64 = refused.header("retry-after").parse().unwrap();
            assert!((1..=60).contains(&wait), "{refused:?}");
            assert_eq!(refused.header("x-retry-after"), refused.header("retry-after"));
        }
    }
    try_sign_in(&auth, "bob@example.com", PASSWORD).await.expect(200);
}

async fn guesses_at_once_count_like_guesses_in_a_row(ground: &Ground) {
    let auth = ground.auth().start().await;
    sign_up(&auth, "ada@example.com").await;
    let guesses = (0..3 * MOST).map(|n| {
        let (auth, guess) = (&auth, format!("wrong password {n}"));
        async move { try_sign_in(auth, "ada@example.com", &guess).await.status }
    });
    let statuses = futures_util::future::join_all(guesses).await;
    let count = |status| statuses.iter().filter(|known| **known == status).count();
    assert_eq!((count(401), count(429)), (MOST, 2 * MOST), "{statuses:?}");
}

async fn the_right_password_forgives_wrong_ones(ground: &Ground) {
    let auth = ground.auth().start().await;
    sign_up(&auth, "ada@example.com").await;
    for _ in 0..2 {
        for _ in 0..MOST - 1 {
            try_sign_in(&auth, "ada@example.com", "a wrong password").await.expect(401);
        }
        try_sign_in(&auth, "ada@example.com", PASSWORD).await.expect(200);
    }
    // Right ones are not counted, however many come at once.
    let right = (0..2 * MOST).map(|_| try_sign_in(&auth, "ada@example.com", PASSWORD));
    let answers = futures_util::future::join_all(right).await;
    assert!(answers.iter().filter(|answer| answer.status == 200).count() >= MOST, "{answers:?}");
}

async fn nothing_secret_is_ever_told(ground: &Ground) {
    let mut auth = ground.auth().start().await;
    let mut backend = ground.backend().env("AUTH_SERVICE_URL", auth.url()).start().await;
    let person = sign_up(&auth, "ada@example.com").await;
    let mut answers = vec![
        try_sign_up(&auth, "ada@example.com").await.expect(422),
        try_sign_in(&auth, "ada@example.com", "guessed-at-random").await.expect(401),
        try_sign_in(&auth, "ada@example.com", PASSWORD).await.expect(200),
        // What is wrong with a request is told without what it says.
        auth.visitor().post(SIGN_UP, json!({ "email": PASSWORD, "password": PASSWORD })).await.expect(400),
        auth.visitor().post(SIGN_UP, json!({ "password": [PASSWORD], "name": 1 })).await.expect(400),
    ];
    let broken = format!("{{\"password\":\"{PASSWORD}\"");
    let broken = ("application/json", broken.into_bytes());
    answers.push(auth.visitor().send(reqwest::Method::POST, SIGN_UP, Some(broken)).await.expect(400));
    let mut secrets = vec![PASSWORD.to_owned(), "guessed-at-random".into(), SECRET.into()];
    for kind in ["token", "hs256-token"] {
        let token = person.token(&auth, kind).await;
        let user = backend.visitor().bearer(&token);
        answers.push(user.get("/api/tasks").await.expect(200));
        answers.push(user.bearer(&format!("{token}x")).get("/api/tasks").await.expect(401));
        answers.push(backend.visitor().get(&format!("/api/tasks?token={token}")).await.expect(401));
        secrets.push(token);
    }
    answers.push(backend.visitor().get("/monitoring/health").await.expect(200));
    answers.push(person.at(&auth).post(SIGN_OUT, json!({})).await.expect(200));
    let session_tokens = [person.bare.clone(), person.signed.split('.').nth(1).unwrap().to_owned()];
    assert_ne!(AUTH, auth.url());
    for service in [&mut auth, &mut backend] {
        service.tell_to_stop();
        service.ended().await.unwrap();
        let said = service.said();
        for secret in secrets.iter().chain(&session_tokens) {
            assert!(!said.contains(secret.as_str()), "{said}");
        }
    }
    for answer in answers {
        let told = answer.told();
        assert!(secrets.iter().all(|secret| !told.contains(secret.as_str())), "{told}");
    }
    if ground.is_postgres() {
        return;
    }
    // Nor is a password or the secret in the file, and the file is its owner's alone.
    for service in ["auth", "backend"] {
        let file = ground.file(service);
        let kept = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!([PASSWORD, SECRET].iter().all(|secret| !kept.contains(secret)), "{service}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file.parent().unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
    }
}
