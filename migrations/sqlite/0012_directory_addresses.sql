-- Mail and proxy addresses belong to one object of the built-in directory, whatever its kind. Folded to lower case by
-- the product; rows of before have no other letters than ASCII folded, and of two that share an address the older one
-- keeps it.
CREATE TABLE directory_addresses (
    address_key TEXT NOT NULL PRIMARY KEY,
    object_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO directory_addresses (address_key, object_id)
SELECT 'smtp:' || lower(attributes ->> '$.mail.text'), id FROM directory_objects
WHERE attributes ->> '$.mail.text' IS NOT NULL ORDER BY key;

INSERT OR IGNORE INTO directory_addresses (address_key, object_id)
SELECT lower(p.value ->> '$.text'), o.id
FROM directory_objects o CROSS JOIN json_each(o.attributes, '$.proxyAddresses.many') p
WHERE p.value ->> '$.text' IS NOT NULL ORDER BY o.key;
