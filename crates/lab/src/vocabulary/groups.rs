//! Names of groups beyond departments and sites.

/// What a group is for decides its type: security groups grant something, distribution groups only receive mail.
#[derive(Debug)]
pub(crate) struct Purpose {
    pub prefix: &'static str,
    pub distribution: bool,
    pub universal: bool,
    pub words: &'static [&'static str],
    pub suffixes: &'static [&'static str],
}

pub(crate) const PURPOSES: [Purpose; 5] = [
    Purpose {
        prefix: "APP",
        distribution: false,
        universal: false,
        words: &[
            "CRM",
            "ERP",
            "Wiki",
            "Payroll",
            "Travel",
            "Helpdesk",
            "Source Code",
            "Timesheets",
            "Reporting",
            "Archive",
        ],
        suffixes: &["Users", "Editors", "Admins"],
    },
    Purpose {
        prefix: "PRJ",
        distribution: false,
        universal: false,
        words: &[
            "Aurora",
            "Compass",
            "Delta",
            "Evergreen",
            "Falcon",
            "Horizon",
            "Juniper",
            "Meridian",
            "Orion",
            "Summit",
        ],
        suffixes: &["Core Team", "Members", "Stakeholders"],
    },
    Purpose {
        prefix: "DL",
        distribution: true,
        universal: true,
        words: &[
            "Announcements",
            "Newsletter",
            "Release Notes",
            "Works Council",
            "Incident Alerts",
            "Social Club",
        ],
        suffixes: &["Readers", "Editors"],
    },
    Purpose {
        prefix: "SEC",
        distribution: false,
        universal: true,
        words: &["VPN", "Wi-Fi", "Badge Access", "Remote Desktop", "Server Room", "Print"],
        suffixes: &["Allowed", "Approvers"],
    },
    Purpose {
        prefix: "FS",
        distribution: false,
        universal: false,
        words: &[
            "Contracts",
            "Drawings",
            "Board Papers",
            "Price Lists",
            "Media Library",
            "Audit Files",
            "Templates",
        ],
        suffixes: &["Read", "Write"],
    },
];
