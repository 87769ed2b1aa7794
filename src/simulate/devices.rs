//! Machines that people and attackers log in with, and what they say of themselves.

use rand::RngExt;

use super::Random;

/// A device and the days on which it is in use.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub id: String,
    pub system: System,
    pub browser: Browser,
    pub from_day: i32,
    pub to_day: i32,
    /// Browser versions behind the newest.
    pub lag: u32,
    /// Which of many builds or models it is: part of what it says of itself.
    pub build: u32,
    /// Days after which its id is another one, as its cookies are cleared; 0 for never.
    pub clearing_days: i32,
    /// A program on it that sends no id.
    pub is_nameless: bool,
    /// The company's, and not somebody's own.
    pub is_managed: bool,
}

impl Device {
    /// What it is known by on a day.
    pub(super) fn id_on(&self, day: i32) -> String {
        match self.clearing_days {
            0 => self.id.clone(),
            days => format!("{}-{}", self.id, day.div_euclid(days)),
        }
    }

    pub(super) fn is_in_use_on(&self, day: i32) -> bool {
        (self.from_day..self.to_day).contains(&day)
    }

    /// It came into use on this day, or lost its cookies.
    pub(super) fn is_new_on(&self, day: i32) -> bool {
        day == self.from_day || (self.clearing_days > 0 && day.rem_euclid(self.clearing_days) == 0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    Windows,
    Mac,
    Linux,
    Android,
    Iphone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Browser {
    Chrome,
    Firefox,
    Edge,
    Safari,
    /// The company's own app, on a phone or a till.
    App,
    /// A mail program, which signs in by itself.
    Mail,
    /// A program without a browser.
    Library,
}

impl Browser {
    /// The second browser of a machine.
    pub(super) fn second(self) -> Self {
        match self {
            Self::Chrome => Self::Firefox,
            _ => Self::Chrome,
        }
    }
}

impl System {
    pub(super) fn is_phone(self) -> bool {
        matches!(self, Self::Android | Self::Iphone)
    }

    /// What a phone's browser says it is, asked for a page as computers get it.
    pub(super) fn desktop(self) -> Self {
        match self {
            Self::Iphone => Self::Mac,
            Self::Android => Self::Linux,
            computer => computer,
        }
    }

    /// What one changes to who changes at all.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Windows => Self::Mac,
            Self::Mac | Self::Linux => Self::Windows,
            Self::Android => Self::Iphone,
            Self::Iphone => Self::Android,
        }
    }

    pub(super) fn any_phone(random: &mut Random) -> Self {
        if random.random_bool(0.5) {
            Self::Iphone
        } else {
            Self::Android
        }
    }

    pub(super) fn any(random: &mut Random) -> Self {
        let systems = [
            Self::Windows,
            Self::Mac,
            Self::Linux,
            Self::Android,
            Self::Iphone,
        ];
        systems[random.random_range(0..systems.len())]
    }
}

/// Builds and models of devices that there are.
pub(super) const BUILDS: u32 = 60;

/// Models that people carry.
const PHONES: [&str; 9] = [
    "Pixel 6",
    "Pixel 8",
    "SM-S911B",
    "SM-A546B",
    "SM-G991B",
    "22101316G",
    "CPH2449",
    "XQ-DC54",
    "motorola edge 40",
];

/// The user agent of a system and browser of a version.
pub(super) fn user_agent(system: System, browser: Browser, build: u32, version: u32) -> String {
    let platform = match system {
        System::Windows => "Windows NT 10.0; Win64; x64".to_owned(),
        System::Mac => "Macintosh; Intel Mac OS X 10_15_7".to_owned(),
        System::Linux => "X11; Linux x86_64".to_owned(),
        System::Android => {
            format!(
                "Linux; Android {}; {}",
                11 + build % 5,
                PHONES[build as usize % PHONES.len()]
            )
        }
        System::Iphone => format!(
            "iPhone; CPU iPhone OS {}_{} like Mac OS X",
            16 + build % 3,
            build % 7
        ),
    };
    let mobile = if system.is_phone() { " Mobile" } else { "" };
    match browser {
        Browser::Chrome => format!(
            "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/{version}.0.0.0{mobile} Safari/537.36"
        ),
        Browser::Firefox => {
            format!("Mozilla/5.0 ({platform}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0")
        }
        Browser::Edge => format!(
            "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/{version}.0.0.0 Safari/537.36 Edg/{version}.0.0.0"
        ),
        Browser::App => format!(
            "WorkApp/4.{} ({})",
            version % 10,
            if system == System::Iphone {
                "iOS 17"
            } else {
                "Android 14"
            }
        ),
        Browser::Mail => match system {
            System::Iphone if build.is_multiple_of(2) => {
                format!(
                    "Apple-iPhone{}C{}/2207.{}",
                    13 + build % 4,
                    build % 5,
                    version
                )
            }
            System::Iphone => format!("Outlook-iOS/{}.{}.0", 600 + version, build % 4),
            System::Android => format!("Outlook-Android/4.2{version}.{}", build % 4),
            _ => {
                format!("Microsoft Office/16.0 ({platform}; Microsoft Outlook 16.0.{version}; Pro)")
            }
        },
        Browser::Library => format!("python-requests/2.{}", version % 30),
        Browser::Safari => format!(
            "Mozilla/5.0 ({platform}) AppleWebKit/605.1.15 (KHTML, like Gecko) \
             Version/17.{}{mobile} Safari/604.1",
            version % 10
        ),
    }
}

/// The browser version of a day: a new one every four weeks.
pub(super) fn version_on(day: i32, lag: u32) -> u32 {
    (118 + (day + 280) / 28) as u32 - lag.min(20)
}

/// What people have on a system.
pub(super) fn usual_browser(system: System, has_app: bool, random: &mut Random) -> Browser {
    match system {
        System::Android | System::Iphone if has_app => Browser::App,
        System::Iphone => Browser::Safari,
        System::Mac if random.random_bool(0.5) => Browser::Safari,
        System::Windows if random.random_bool(0.35) => Browser::Edge,
        _ if random.random_bool(0.2) => Browser::Firefox,
        _ => Browser::Chrome,
    }
}

/// Most browsers are new, some are a month or half a year behind.
fn version_lag(random: &mut Random) -> u32 {
    match random.random_range(0..10) {
        0..6 => 0,
        6..8 => 1,
        _ => random.random_range(1..8),
    }
}

/// A device nobody else has.
pub(super) fn device(system: System, browser: Browser, owner: u64, random: &mut Random) -> Device {
    Device {
        id: format!("d-{owner:x}-{:08x}", random.random::<u32>()),
        system,
        browser,
        from_day: i32::MIN,
        to_day: i32::MAX,
        lag: version_lag(random),
        build: random.random_range(0..BUILDS),
        clearing_days: 0,
        // Programs keep no cookie.
        is_nameless: matches!(browser, Browser::Mail | Browser::Library),
        is_managed: false,
    }
}

/// A device of any kind, with what is usual on it.
pub(super) fn any_device(owner: u64, random: &mut Random) -> Device {
    let system = System::any(random);
    let browser = usual_browser(system, false, random);
    device(system, browser, owner, random)
}
