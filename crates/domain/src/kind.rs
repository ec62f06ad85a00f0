//! The few closed lists that appear everywhere.

/// A text that is none of the words of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not one of {expected}")]
pub struct UnknownWord {
    given: String,
    expected: String,
}

/// Defines an enum whose members have one stable text form, used in JSON, in the database and in addresses.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every member, in the order in which lists show them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable text form.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::kind::UnknownWord;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::kind::find_word(Self::ALL, |word| word.as_str(), text)
            }
        }
    };
}

/// Finds a member by its text form, without regard to ASCII case.
pub fn find_word<T: Copy>(
    all: &[T],
    text_of: impl Fn(T) -> &'static str,
    text: &str,
) -> Result<T, UnknownWord> {
    all.iter().copied().find(|word| text_of(*word).eq_ignore_ascii_case(text)).ok_or_else(|| UnknownWord {
        given: text.chars().take(80).collect(),
        expected: all.iter().map(|word| text_of(*word)).collect::<Vec<_>>().join(", "),
    })
}

words!(
    /// What kind of object is synchronised.
    ObjectKind { User = "user", Group = "group", Contact = "contact" }
);

impl ObjectKind {
    /// Whether the target keeps an account state, so that the object can be disabled instead of deleted.
    pub const fn has_account_state(self) -> bool {
        matches!(self, Self::User)
    }

    pub const fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Group => "groups",
            Self::Contact => "contacts",
        }
    }
}

words!(
    /// What the source directory is. `Auto` is settled by the rootDSE when the first connection stands.
    DirectoryKind { ActiveDirectory = "activeDirectory", Ldap = "ldap", Auto = "auto" }
);

words!(
    /// What the target is.
    TargetKind { BuiltIn = "builtIn", Scim = "scim" }
);
