"""An invented company: people, contacts and groups, the same for the same seed and sizes.

It holds what real directories hold and what breaks simple readers: names of many scripts, commas, quotes and leading
blanks, several values of one attribute, disabled accounts, chains of managers, nested groups, an empty group, one
group far larger than the others.
"""
import random
import uuid
from dataclasses import dataclass, field

GIVEN = """Anna Björn Chloé Dmitri Elif Fatima Giulia Hiroshi Ingrid João Karolína Łukasz Maëlle Ngọc Örjan Paweł Quentin
Rūta Søren Tomáš Ülkü Vicenç Wanda Xiomara Yasmin Zoë Иван Ольга 伟 秀英 さくら 健太 محمد ليلى דוד αλέξης Sinéad Þór
Aoife Bogdan Carmen Didier Emre Florin Grażyna Håkon Ilse Jürgen Kateřina Lars Mónica Niamh""".split()
SURNAMES = """Müller O'Brien García Nguyễn Świątek Ødegård Ångström Dvořák Петров Смирнова 王 李 田中 佐藤 الحسن כהן
Παπαδόπουλος Smith-Jones van_der_Berg D'Angelo Šimonytė Çelik Ferreira Lindqvist Kowalczyk Horváth Ionescu Þorsteinsdóttir
McAllister Janssens Benoît Rossi Schröder Åkesson Novák Yılmaz Gonçalves Bergström Krüger Lefèvre Hämäläinen Okonkwo
Haddad Iyer Castellanos Brännström Zhang Moreau Vītols Kaya""".split()
DEPARTMENTS = ["Finance", "Human Resources", "Research & Development", "Sales, EMEA", "IT Operations", "Legal",
               "Produktion / Montage", "Qualität", "Customer \"Care\"", "Facilities"]
TITLES = ["Engineer", "Senior Engineer", "Accountant", "Team lead, Payroll", "Chef de projet", "Prüfer", "Analyst",
          "Head of Sales", "Buyer (EU)", "技術者"]
CITIES = [("Zürich", "ZH", "Switzerland", "CH", "8005"), ("Kraków", "Małopolska", "Poland", "PL", "30-001"),
          ("São Paulo", "SP", "Brazil", "BR", "01310-100"), ("東京", "Tokyo", "Japan", "JP", "100-0001"),
          ("Reykjavík", "", "Iceland", "IS", "101"), ("Cork", "Munster", "Ireland", "IE", "T12 X8N6")]
LANGUAGES = ["de-CH", "pl-PL", "pt-BR", "ja-JP", "is-IS", "en-IE"]
UNITS = ["Staff", "Staff/Plant", "Staff/Plant/Night shift", "Externals"]


@dataclass
class Person:
    number: int
    given: str
    surname: str
    cn: str
    account: str
    unit: str
    department: str
    title: str
    place: tuple
    language: str
    manager: "Person | None"
    enabled: bool = True
    display: str | None = None
    has_mail: bool = True
    upn: bool = True
    own_anchor: bytes | None = None

    @property
    def phones(self):
        numbers = [f"+41 44 {self.number:06d}"]
        return numbers + [f"+41 79 {self.number:06d}", f"+41 58 {self.number:06d}"][: self.number % 3]


@dataclass
class Group:
    number: int
    name: str
    kind: str  # security, distribution
    description: str
    people: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    contacts: list = field(default_factory=list)


@dataclass
class Contact:
    number: int
    given: str
    surname: str
    cn: str
    mail: str


@dataclass
class Population:
    people: list
    groups: list
    contacts: list


def common_name(given, surname, number):
    """Unique in its container, and now and then awkward inside a DN."""
    match number % 11:
        case 3:
            return f"{surname}, {given} ({number})"
        case 5:
            return f"{given} + {surname} = {number}"
        case 7:
            return f'{given} "{number}" {surname}; <{surname}>'
        case 9:
            return f"#{number} {given} {surname}\\{surname}"
    return f"{given} {surname} {number}"


def person(number, rng, earlier):
    given, surname = rng.choice(GIVEN), rng.choice(SURNAMES).replace("_", " ")
    account = f"u{number:06d}"
    return Person(
        number=number, given=given, surname=surname, cn=common_name(given, surname, number), account=account,
        unit=rng.choice(UNITS), department=rng.choice(DEPARTMENTS), title=rng.choice(TITLES),
        place=rng.choice(CITIES), language=rng.choice(LANGUAGES),
        manager=rng.choice(earlier[-200:]) if earlier and number % 9 else None,
        enabled=number % 13 != 4,
        display=None if number % 17 == 6 else f"{given} {surname}",
        has_mail=number % 19 != 8,
        upn=number % 23 != 10,
        own_anchor=uuid.UUID(int=rng.getrandbits(128)).bytes if number % 29 == 11 else None,
    )


def population(users, groups, biggest, seed=1):
    rng = random.Random(seed)
    people = []
    for number in range(users):
        people.append(person(number, rng, people))
    contacts = []
    for number in range(max(2, users // 50)):
        given, surname = rng.choice(GIVEN), rng.choice(SURNAMES).replace("_", " ")
        contacts.append(Contact(number, given, surname, common_name(given, surname, number), f"c{number}@partner.example"))
    made = []
    for number in range(groups):
        group = Group(number, f"{rng.choice(DEPARTMENTS)} {number}", "distribution" if number % 4 == 3 else "security",
                      f"Group number {number} – für alle")
        if number == 0:
            group.people = people[:biggest]
        elif number != 5:  # number 5 stays empty
            group.people = rng.sample(people, min(len(people), rng.randint(2, 25)))
            group.groups = rng.sample(made[1:], min(len(made) - 1, rng.randint(0, 2))) if number % 3 == 0 else []
            group.contacts = rng.sample(contacts, min(len(contacts), 2)) if number % 4 == 3 else []
        made.append(group)
    return Population(people, made, contacts)
