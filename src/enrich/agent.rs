//! Reads the families out of a user agent: browser, operating system, type of device. Versions do
//! not count.

/// Browser tokens, the more telling first: Edge also says Chrome, Chrome also says Safari.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("Opera", "opera"),
    ("SamsungBrowser", "samsung"),
    ("YaBrowser", "yandex"),
    ("Vivaldi", "vivaldi"),
    ("Firefox/", "firefox"),
    ("FxiOS", "firefox"),
    ("CriOS", "chrome"),
    ("HeadlessChrome", "headless-chrome"),
    ("Chrome/", "chrome"),
    ("MSIE", "internet-explorer"),
    ("Trident/", "internet-explorer"),
    ("Safari/", "safari"),
    ("AppleWebKit", "webkit"),
    ("curl/", "curl"),
    ("python-requests", "python"),
    ("Python/", "python"),
    ("aiohttp", "python"),
    ("Go-http-client", "go"),
    ("okhttp", "okhttp"),
    ("Java/", "java"),
    ("PostmanRuntime", "postman"),
    ("Wget/", "wget"),
    ("CFNetwork", "apple-app"),
    ("Outlook", "outlook"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("Windows", "windows"),
    ("iPhone", "ios"),
    ("iPad", "ios"),
    ("iOS", "ios"),
    ("Android", "android"),
    ("CrOS", "chromeos"),
    ("Mac OS X", "macos"),
    ("Macintosh", "macos"),
    ("Linux", "linux"),
    ("X11", "linux"),
];

/// The families of browsers and programs there are; some come several times.
pub fn browsers() -> impl Iterator<Item = &'static str> {
    let known = BROWSERS.iter().map(|(_, family)| *family);
    known.chain([OTHER])
}

/// The families of operating systems there are; some come several times.
pub fn systems() -> impl Iterator<Item = &'static str> {
    let known = SYSTEMS.iter().map(|(_, family)| *family);
    known.chain([OTHER])
}

/// What is not known.
const OTHER: &str = "other";

/// The families of one user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    pub browser: &'static str,
    pub operating_system: &'static str,
    pub device_type: &'static str,
}

/// Finds the families; what is not known is `other`.
#[must_use]
pub fn families(user_agent: &str) -> Families {
    let find = |table: &[(&str, &'static str)]| {
        table
            .iter()
            .find(|(token, _)| user_agent.contains(token))
            .map_or(OTHER, |(_, family)| *family)
    };
    let operating_system = find(SYSTEMS);
    let device_type = if user_agent.contains("iPad") || user_agent.contains("Tablet") {
        "tablet"
    } else if user_agent.contains("Mobile") || operating_system == "ios" {
        "phone"
    } else if operating_system == OTHER {
        "program"
    } else {
        "computer"
    };
    Families {
        browser: find(BROWSERS),
        operating_system,
        device_type,
    }
}

impl Families {
    /// Whether it is a program that fetches, and no browser of a person.
    #[must_use]
    pub fn is_script(&self) -> bool {
        SCRIPTS.contains(&self.browser)
    }

    /// As people call it: `Chrome on Windows`.
    #[must_use]
    pub fn title(&self) -> String {
        match (self.browser, self.operating_system) {
            (OTHER, OTHER) => "an unknown program".to_owned(),
            (OTHER, system) => format!("an unknown program on {}", title(system)),
            (browser, OTHER) => title(browser),
            (browser, system) => format!("{} on {}", title(browser), title(system)),
        }
    }
}

/// Programs that fetch, among the browsers.
const SCRIPTS: &[&str] = &[
    "headless-chrome",
    "curl",
    "python",
    "go",
    "okhttp",
    "java",
    "postman",
    "wget",
];

/// The name of a family as its maker writes it.
fn title(family: &str) -> String {
    match family {
        "ios" => "iOS".to_owned(),
        "macos" => "macOS".to_owned(),
        "chromeos" => "ChromeOS".to_owned(),
        "curl" | "okhttp" => family.to_owned(),
        "headless-chrome" => "headless Chrome".to_owned(),
        "internet-explorer" => "Internet Explorer".to_owned(),
        "apple-app" => "an app of Apple's".to_owned(),
        "webkit" => "WebKit".to_owned(),
        _ => {
            let mut letters = family.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_upgrade_is_the_same_family() {
        let agent = |version: u32| {
            families(&format!(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
            ))
        };
        assert_eq!(agent(120), agent(131));
        assert_eq!(agent(120).browser, "chrome");
        assert_eq!(agent(120).operating_system, "windows");
        assert_eq!(agent(120).device_type, "computer");
    }

    #[test]
    fn titles_are_what_people_say() {
        let title = |text| families(text).title();
        assert_eq!(
            title("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/119.0 Safari/537.36"),
            "Chrome on Windows"
        );
        assert_eq!(title("curl/8.4.0"), "curl");
        assert_eq!(title("made up"), "an unknown program");
        assert!(
            SCRIPTS
                .iter()
                .all(|script| browsers().any(|known| known == *script))
        );
        assert!(families("curl/8.4.0").is_script());
    }

    #[test]
    fn look_alikes_are_told_apart() {
        let edge = families(
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0",
        );
        assert_eq!(edge.browser, "edge");
        let phone = families(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
        );
        assert_eq!(
            (phone.browser, phone.operating_system, phone.device_type),
            ("safari", "ios", "phone")
        );
        assert_eq!(families("curl/8.0").device_type, "program");
    }
}
