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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DeviceType {
    Computer,
    Phone,
    Tablet,
    /// Nothing says what it runs on.
    Program,
}

/// The families of one user agent, in the few bytes that every login carries of them: each is the
/// first row of its table that has the name, `None` where none fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    browser: Option<u8>,
    operating_system: Option<u8>,
    device_type: DeviceType,
}

/// The family of the first token that a user agent has.
fn find(table: &[(&str, &str)], user_agent: &str) -> Option<u8> {
    let (_, found) = table.iter().find(|(token, _)| user_agent.contains(token))?;
    let first = table.iter().position(|(_, family)| family == found)?;
    u8::try_from(first).ok()
}

fn name(table: &[(&str, &'static str)], place: Option<u8>) -> &'static str {
    let row = place.and_then(|place| table.get(usize::from(place)));
    row.map_or(OTHER, |(_, family)| family)
}

/// Finds the families; what is not known is `other`.
#[must_use]
pub fn families(user_agent: &str) -> Families {
    let operating_system = find(SYSTEMS, user_agent);
    let device_type = if user_agent.contains("iPad") || user_agent.contains("Tablet") {
        DeviceType::Tablet
    } else if user_agent.contains("Mobile") || name(SYSTEMS, operating_system) == "ios" {
        DeviceType::Phone
    } else if operating_system.is_none() {
        DeviceType::Program
    } else {
        DeviceType::Computer
    };
    Families {
        browser: find(BROWSERS, user_agent),
        operating_system,
        device_type,
    }
}

impl Families {
    /// The family of the browser or program.
    #[must_use]
    pub fn browser(&self) -> &'static str {
        name(BROWSERS, self.browser)
    }

    /// The family of the operating system.
    #[must_use]
    pub fn operating_system(&self) -> &'static str {
        name(SYSTEMS, self.operating_system)
    }

    /// `computer`, `phone`, `tablet` or `program`.
    #[must_use]
    pub fn device_type(&self) -> &'static str {
        match self.device_type {
            DeviceType::Computer => "computer",
            DeviceType::Phone => "phone",
            DeviceType::Tablet => "tablet",
            DeviceType::Program => "program",
        }
    }

    /// Whether it is a program that fetches, and no browser of a person.
    #[must_use]
    pub fn is_script(&self) -> bool {
        SCRIPTS.contains(&self.browser())
    }

    /// As people call it: `Chrome on Windows`.
    #[must_use]
    pub fn title(&self) -> String {
        match (self.browser(), self.operating_system()) {
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
        assert_eq!(agent(120).browser(), "chrome");
        assert_eq!(agent(120).operating_system(), "windows");
        assert_eq!(agent(120).device_type(), "computer");
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
        assert_eq!(edge.browser(), "edge");
        let phone = families(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
        );
        assert_eq!(
            (
                phone.browser(),
                phone.operating_system(),
                phone.device_type()
            ),
            ("safari", "ios", "phone")
        );
        assert_eq!(families("curl/8.0").device_type(), "program");
    }
}
