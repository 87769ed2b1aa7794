//! Enums whose variants have the names by which formats say them.

macro_rules! names {
    ($(#[$about:meta])* $vis:vis enum $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($variant),+ }

        // Not every use needs all of them.
        #[allow(dead_code)]
        impl $name {
            /// Every name there is.
            $vis fn names() -> impl Iterator<Item = &'static str> {
                [$($text),+].into_iter()
            }

            /// What a name stands for.
            #[must_use]
            $vis fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }

            #[must_use]
            $vis fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}
pub(super) use names;
