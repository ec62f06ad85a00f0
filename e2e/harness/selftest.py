"""The comparison can fail: every kind of difference, made on purpose, is found."""
import copy
import types
import unittest

from . import ldif, logs
from .actual import Actual
from .compare import differences


def expected():
    return types.SimpleNamespace(
        users={"a": {"displayName": "Anna", "accountEnabled": True, "manager": "b"}, "b": {"displayName": "Bo"}},
        groups={"g": {"displayName": "Team"}}, contacts={}, members={"g": {"a", "b"}},
    )


def held():
    found, same = Actual(), copy.deepcopy(expected())
    for kind in ("users", "groups"):
        for anchor, attributes in getattr(same, kind).items():
            found.put(kind, anchor, f"id-{anchor}", attributes)
    found.members = same.members
    return found


class Comparison(unittest.TestCase):
    def found(self, change):
        other = held()
        change(other)
        return list(differences(expected(), other))

    def test_equal_sides_have_no_difference(self):
        self.assertEqual(self.found(lambda other: None), [])

    def test_every_kind_of_difference_is_found(self):
        for change in (
            lambda other: other.users.pop("b"),
            lambda other: other.users["a"].update(displayName="Ann"),
            lambda other: other.users["a"].update(jobTitle="more"),
            lambda other: other.users["a"].pop("manager"),
            lambda other: other.members["g"].discard("a"),
            lambda other: other.members["g"].add("x"),
            lambda other: other.put("users", "a", "second", {}),
            lambda other: other.put("users", None, "third", {}),
            lambda other: other.put("groups", "h", "id-h", {"displayName": "Extra"}),
        ):
            self.assertEqual(len(self.found(change)), 1)

    def test_a_leaver_may_stay_only_when_disabled_and_only_where_leavers_are_disabled(self):
        other = held()
        other.put("users", "c", "id-c", {"active": False})
        self.assertEqual(list(differences(expected(), other, "disable")), [])
        self.assertEqual(len(list(differences(expected(), other, "delete"))), 1)
        other.users["c"]["active"] = True
        self.assertEqual(len(list(differences(expected(), other, "disable"))), 1)


def record(action, identifier, status="success"):
    return {"provisioningAction": action, "targetIdentity": {"id": identifier}, "provisioningStatusInfo": {"status": status}}


class Log(unittest.TestCase):
    def test_one_create_for_each_object_is_right(self):
        rows = [record("create", f"id-{anchor}") for anchor in "abg"] + [record("create", "x"), record("delete", "x")]
        self.assertEqual(list(logs.creations(rows, held())), [])

    def test_lost_doubled_and_invented_creates_are_found(self):
        rows = [record("create", "id-a"), record("create", "id-a"), record("create", "ghost"), record("create", "id-g", "failure")]
        self.assertEqual(len(list(logs.creations(rows, held()))), 4)

    def test_the_log_must_agree_with_the_servers_own_list(self):
        rows = [record("create", "1"), record("update", "2")]
        writes = [{"method": "POST", "id": "1"}, {"method": "PATCH", "id": "2"}]
        self.assertEqual(list(logs.scim_writes(rows, writes)), [])
        self.assertEqual(len(list(logs.scim_writes(rows, writes + [{"method": "POST", "id": "3"}, {"method": "PUT", "id": "4"}]))), 2)
        self.assertEqual(len(list(logs.scim_writes(rows + [record("update", "5"), record("delete", "1")], writes))), 2)


class Ldif(unittest.TestCase):
    def test_names_survive_escaping_in_every_spelling(self):
        for text in ("a, b", "#x", " y ", 'q"u', "p+q=r", "back\\Benoît", "<;>"):
            self.assertEqual(ldif.split_dn(f"CN={ldif.dn_value(text)},DC=x")[1], "DC=x")
        self.assertTrue(ldif.same_dn(r"CN=a\2C b\C3\A9,DC=x", "cn=A\\, bé,dc=X"))
        self.assertFalse(ldif.same_dn(r"CN=a\2Cb,DC=x", "CN=a,CN=b,DC=x"))
        self.assertTrue(ldif.same_dn(r"CN=x\\Benoit,DC=x", r"CN=x\5CBenoit,DC=x"))


if __name__ == "__main__":
    unittest.main()
