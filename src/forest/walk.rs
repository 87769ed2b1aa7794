//! The ways of walking trees, by what a processor can.

/// How the trees are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Vectors of 512 bits.
    Avx512,
    /// Vectors of 256 bits.
    Avx2,
    /// What every processor can.
    Portable,
}

impl Walk {
    /// The widest one that this processor can.
    #[must_use]
    pub fn best() -> Self {
        let all = [Self::Avx512, Self::Avx2];
        all.into_iter()
            .find(|walk| walk.is_available())
            .unwrap_or(Self::Portable)
    }

    /// Whether this processor can.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => std::arch::is_x86_feature_detected!("avx512f"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable => true,
        }
    }
}
