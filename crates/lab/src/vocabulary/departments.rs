//! Departments: how many people each has, and what they are called on their doors.

#[derive(Debug)]
pub(crate) struct Department {
    pub name: &'static str,
    /// Share of the people, in sixty-fourths.
    pub share: u32,
    pub head: &'static str,
    pub lead: &'static str,
    pub titles: &'static [&'static str],
}

/// Shares add up to 64, the period of [`crate::model::Blueprint`]'s assignment.
pub(crate) const DEPARTMENTS: [Department; 16] = [
    Department {
        name: "Engineering",
        share: 10,
        head: "Chief Technology Officer",
        lead: "Engineering Manager",
        titles: &["Software Engineer", "Senior Software Engineer", "Systems Engineer", "Test Engineer"],
    },
    Department {
        name: "Sales",
        share: 9,
        head: "Chief Sales Officer",
        lead: "Regional Sales Manager",
        titles: &[
            "Account Executive",
            "Key Account Manager",
            "Sales Representative",
            "Inside Sales Specialist",
        ],
    },
    Department {
        name: "Customer Support",
        share: 7,
        head: "Director of Customer Support",
        lead: "Support Team Lead",
        titles: &["Support Specialist", "Senior Support Specialist", "Technical Account Manager"],
    },
    Department {
        name: "Operations",
        share: 6,
        head: "Chief Operating Officer",
        lead: "Operations Manager",
        titles: &["Operations Analyst", "Shift Supervisor", "Operations Specialist"],
    },
    Department {
        name: "Manufacturing",
        share: 6,
        head: "Plant Director",
        lead: "Production Manager",
        titles: &["Production Technician", "Machine Operator", "Process Engineer", "Maintenance Technician"],
    },
    Department {
        name: "Finance",
        share: 4,
        head: "Chief Financial Officer",
        lead: "Finance Manager",
        titles: &["Accountant", "Financial Analyst", "Controller", "Payroll Specialist"],
    },
    Department {
        name: "Marketing",
        share: 4,
        head: "Chief Marketing Officer",
        lead: "Marketing Manager",
        titles: &["Marketing Specialist", "Content Editor", "Event Coordinator", "Brand Designer"],
    },
    Department {
        name: "Information Technology",
        share: 4,
        head: "Chief Information Officer",
        lead: "IT Manager",
        titles: &["System Administrator", "Network Engineer", "Service Desk Analyst", "Security Analyst"],
    },
    Department {
        name: "Human Resources",
        share: 3,
        head: "Chief People Officer",
        lead: "HR Business Partner",
        titles: &["Recruiter", "HR Specialist", "Learning Coordinator"],
    },
    Department {
        name: "Logistics",
        share: 3,
        head: "Head of Logistics",
        lead: "Warehouse Manager",
        titles: &["Logistics Coordinator", "Warehouse Associate", "Dispatcher"],
    },
    Department {
        name: "Research",
        share: 2,
        head: "Head of Research",
        lead: "Principal Scientist",
        titles: &["Research Scientist", "Laboratory Technician", "Data Scientist"],
    },
    Department {
        name: "Procurement",
        share: 2,
        head: "Head of Procurement",
        lead: "Category Manager",
        titles: &["Buyer", "Supplier Manager", "Procurement Analyst"],
    },
    Department {
        name: "Legal",
        share: 1,
        head: "General Counsel",
        lead: "Senior Counsel",
        titles: &["Legal Counsel", "Contract Manager", "Paralegal"],
    },
    Department {
        name: "Quality",
        share: 1,
        head: "Head of Quality",
        lead: "Quality Manager",
        titles: &["Quality Engineer", "Quality Auditor"],
    },
    Department {
        name: "Product Management",
        share: 1,
        head: "Chief Product Officer",
        lead: "Group Product Manager",
        titles: &["Product Manager", "Product Owner", "User Researcher"],
    },
    Department {
        name: "Facilities",
        share: 1,
        head: "Head of Facilities",
        lead: "Facility Manager",
        titles: &["Building Technician", "Receptionist", "Workplace Coordinator"],
    },
];
