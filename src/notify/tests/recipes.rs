use serde_json::Value;

use super::*;

/// Names that a chat program, a mail or a log would read as its own.
const NASTY: &str =
    "<!channel> *a* [x](http://evil.example) @everyone `\"}\r\nBcc: all@example.com\u{1b}[31m";

fn recipe(name: &str) -> Recipe {
    let (_, text) = RECIPES
        .into_iter()
        .find(|(known, _)| *known == name)
        .unwrap();
    Recipe::read(text).unwrap()
}

fn body(name: &str, notice: &Notice) -> Value {
    let request = recipe(name).request(notice, Some("https://n.example/"), Some("key"));
    serde_json::from_str(&request.unwrap().body).unwrap()
}

fn nasty() -> Notice {
    let mut incident = incident(Severity::High);
    incident.kind = "account".to_owned();
    incident.users = vec![NASTY.to_owned()];
    incident.reasons[0].text = NASTY.to_owned();
    notice(incident)
}

#[test]
fn every_recipe_can_be_rendered() {
    for (name, _) in RECIPES {
        let recipe = recipe(name);
        assert!(!recipe.about.is_empty(), "{name}");
        for notice in [
            nasty(),
            Notice::of(vec![nasty().first_read().clone(); 50]).unwrap(),
        ] {
            let request = recipe.request(&notice, None, None).unwrap();
            assert!(!request.body.is_empty(), "{name}");
            for (header, value) in &request.headers {
                assert!(!value.chars().any(char::is_control), "{name}: {header}");
            }
        }
    }
}

#[test]
fn the_whole_notice_is_there_as_json() {
    let notice = nasty();
    let body = body("json", &notice);
    assert_eq!(body["id"], notice.key());
    assert_eq!(body["incidents"][0]["users"][0], NASTY);
    assert_eq!(
        body["incidents"][0],
        serde_json::to_value(notice.first()).unwrap()
    );
    assert!(
        body["link"]
            .as_str()
            .unwrap()
            .starts_with("https://n.example/incidents/")
    );
    assert_eq!(body["trial"], false);
}

/// What came from outside is text to a chat program: no mention, no link, no mark, no second line.
#[test]
fn names_mean_nothing_to_chat_programs() {
    let slack = body("slack", &nasty());
    assert_eq!(slack["mrkdwn"], false);
    assert_eq!(slack["blocks"][0]["text"]["type"], "plain_text");
    let link = slack["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(link.starts_with("<https://n.example/incidents/"), "{link}");
    let slack = slack["text"].as_str().unwrap().to_owned();
    assert!(
        slack.contains("&lt;!channel&gt;") && !slack.contains("://"),
        "{slack}"
    );
    let discord = body("discord", &nasty());
    assert_eq!(discord["allowed_mentions"]["parse"], serde_json::json!([]));
    let title = discord["embeds"][0]["title"].as_str().unwrap();
    assert!(
        title.contains("\\[x\\]\\(http:\u{200b}//evil.example\\)"),
        "{title}"
    );
    let teams = body("teams", &nasty());
    let card = &teams["attachments"][0]["content"];
    assert!(
        card["body"][0]["text"]
            .as_str()
            .unwrap()
            .contains("\\[x\\]"),
        "{card}"
    );
    for text in [nasty().title(), slack] {
        assert!(!text.contains("\r") && !text.contains('\u{1b}'), "{text:?}");
    }
    assert!(!nasty().title().contains('\n'));
}

#[test]
fn what_is_closed_is_closed_with_the_tools_that_keep_it_open() {
    let mut closed = incident(Severity::Critical);
    closed.state = "closed".to_owned();
    closed.told = Some("closed".to_owned());
    let (open, closed) = (notice(incident(Severity::Critical)), notice(closed));
    let pagerduty = |notice: &Notice| body("pagerduty", notice);
    assert_eq!(pagerduty(&open)["event_action"], "trigger");
    assert_eq!(pagerduty(&open)["payload"]["severity"], "critical");
    assert_eq!(pagerduty(&open)["routing_key"], "key");
    assert_eq!(pagerduty(&closed)["event_action"], "resolve");
    assert_eq!(
        pagerduty(&closed)["dedup_key"],
        pagerduty(&open)["dedup_key"]
    );
    let opsgenie = |notice: &Notice| {
        recipe("opsgenie")
            .request(notice, None, Some("key"))
            .unwrap()
    };
    assert_eq!(opsgenie(&open).path, "");
    let path = format!("/{}/close?identifierType=alias", closed.first().incident_id);
    assert_eq!(opsgenie(&closed).path, path);
    let authorization = ("Authorization".to_owned(), "GenieKey key".to_owned());
    assert!(opsgenie(&open).headers.contains(&authorization));
}

#[test]
fn ntfy_is_plain_text_with_a_priority() {
    let request = recipe("ntfy").request(&nasty(), None, None).unwrap();
    let header = |wanted: &str| {
        let found = request.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("Priority"), Some("high"));
    assert_eq!(header("Authorization"), None);
    assert_eq!(header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(request.body.contains(&nasty().title()));
}

/// A recipe that cannot work is refused when it is read, with what is wrong.
#[test]
fn a_recipe_is_tried_when_it_is_read() {
    for (recipe, expected) in [
        ("body = 'x'\nheadrs = 1", "headrs"),
        ("about = 'no body'", "body"),
        ("body = '{{ titel }}'", "undefined"),
        ("body = '{% if %}'", "line 1"),
        ("body = '{\"a\": {{ title }}'", "no JSON"),
        ("body = '{}'\ntold = ['open']", "`open` is none of"),
        ("body = '{}'\n[headers]\n'X Y' = 'z'", "`X Y` is no name"),
        (
            "body = '{}'\n[headers]\nHost = 'z'",
            "Host is set by the program",
        ),
        (
            "body = '{}'\n[headers]\nX = '{{ nobody.there }}'",
            "headers.X",
        ),
    ] {
        let error = Recipe::read(recipe).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{recipe}: {error}");
    }
}
