//! Import and export in Graph's shape.

use domain::document::FieldProblem;
use domain::filter::{Clause, Operator};
use domain::mapping::{Apply, Mapping, MappingKind};
use domain::scope::{Nesting, Scope};
use domain::{DirectoryKind, ObjectKind, TargetKind, defaults};
use serde_json::{Value, json};
use service::ServiceError;

use crate::support::Bench;

const NAME: &str = "a to directory";

fn clause(attribute: &str, operator: Operator, value: &str) -> Clause {
    Clause { attribute: attribute.to_owned(), operator, value: value.to_owned() }
}

async fn schema(bench: &Bench) -> Value {
    bench.service.schema(&bench.system, NAME).await.expect("exports")
}

async fn put(bench: &Bench, schema: &Value) -> Result<domain::Configuration, Vec<FieldProblem>> {
    match bench.service.put_schema(&bench.system, NAME, schema).await {
        Ok(configuration) => Ok(configuration),
        Err(ServiceError::Invalid(problems)) => Err(problems),
        Err(other) => panic!("expected problems, got {other:?}"),
    }
}

/// One of everything that a mapping and a scope can say.
async fn configured() -> Bench {
    let bench = Bench::configured().await;
    let mut on_create = Mapping::expression("mailNickname", r#"SelectUniqueValue([a], [a] & "2")"#);
    on_create.apply = Apply::OnCreate;
    let mut none = Mapping::direct("department", "x");
    (none.kind, none.source, none.default) = (MappingKind::None, None, Some("Un\"assigned".to_owned()));
    let mappings = vec![
        Mapping::direct("displayName", "cn"),
        Mapping::expression("city", "[l]"),
        Mapping::expression("state", "\"%DomainFQDN%\""),
        Mapping::expression("jobTitle", "IIF(BitAnd([a],&H2)=\"0\"&&IsPresent( [b] ), [c] & \"\\\\\", )"),
        Mapping::constant("companyName", "%DomainFQDN% \"&\" \\co"),
        Mapping::direct("employeeId", "employeeID").matching(3),
        Mapping::direct("title", "title"),
        on_create,
        none,
    ];
    bench.service.update_mapping(&bench.system, NAME, ObjectKind::User, mappings).await.expect("saves");
    let scope = Scope {
        organizational_units: vec!["OU=A,DC=a,DC=local".to_owned()],
        groups: vec!["CN=G,DC=a,DC=local".to_owned()],
        nested_groups: Nesting::OneLevel,
        filters: vec![
            vec![clause("employeeType", Operator::Equals, "staff"), clause("mail", Operator::IsNotNull, "")],
            vec![clause("distinguishedName", Operator::EndsWith, "OU=B,DC=a,DC=local")],
        ],
    };
    bench.service.update_scope(&bench.system, NAME, scope).await.expect("saves");
    bench
}

#[tokio::test]
async fn a_schema_that_is_exported_and_imported_loses_nothing() {
    let bench = configured().await;
    let before = bench.service.configuration(&bench.system, NAME).await.expect("view").entry();
    let exported = schema(&bench).await;
    let stored = put(&bench, &exported).await.expect("imports");
    assert_eq!(bench.service.configuration(&bench.system, NAME).await.expect("view").entry(), before);
    assert!(!stored.plan.mappings.contains_key(&ObjectKind::Group), "groups go on to follow the defaults");
    assert_eq!(schema(&bench).await, exported);

    // From one configuration to one that has nothing of its own.
    let bare = Bench::configured().await;
    put(&bare, &exported).await.expect("imports");
    assert_eq!(bare.service.configuration(&bare.system, NAME).await.expect("view").entry(), before);
}

#[tokio::test]
async fn a_schema_has_graphs_shape_and_entras_names() {
    let bench = configured().await;
    let exported = schema(&bench).await;
    let rule = &exported["synchronizationRules"][0];
    assert_eq!(rule["containerFilter"]["includedContainers"], json!(["OU=A,DC=a,DC=local"]));
    let users = &rule["objectMappings"][0];
    assert_eq!((&users["sourceObjectName"], &users["targetObjectName"]), (&json!("user"), &json!("User")));
    assert_eq!(
        users["scope"]["inputFilterGroups"][0]["clauses"],
        json!([
            {"sourceOperandName": "employeeType", "operatorName": "EQUALS", "targetOperand": {"values": ["staff"]}},
            {"sourceOperandName": "mail", "operatorName": "IS NOT NULL", "targetOperand": null},
        ])
    );
    assert_eq!(
        rule["objectMappings"][1]["scope"]["inputFilterGroups"],
        json!([]),
        "filters narrow people only"
    );
    let row = |name: &str| {
        let rows = users["attributeMappings"].as_array().expect("rows");
        rows.iter().find(|row| row["targetAttributeName"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(
        row("EmployeeId"),
        json!({
            "defaultValue": null, "exportMissingReferences": false, "flowBehavior": "FlowWhenChanged",
            "flowType": "Always", "matchingPriority": 3, "targetAttributeName": "EmployeeId",
            "source": {"type": "Attribute", "name": "employeeID", "expression": "[employeeID]", "parameters": []},
        })
    );
    assert_eq!(
        (&row("Alias")["flowType"], &row("Department")["source"]),
        (&json!("ObjectAddOnly"), &Value::Null)
    );
    let title = &row("Title")["source"];
    assert_eq!((&title["type"], &title["name"]), (&json!("Function"), &json!("IIF")));
    assert_eq!(title["parameters"][0]["key"], "condition");
    assert_eq!(title["parameters"][0]["value"]["expression"], "BitAnd([a], 2) = \"0\" && IsPresent([b])");
    assert_eq!(
        title["parameters"][0]["value"]["parameters"][1]["value"],
        json!({
            "type": "Function", "name": "IsPresent", "expression": "IsPresent([b])",
            "parameters": [{"key": "value", "value": {
                "type": "Attribute", "name": "b", "expression": "[b]", "parameters": [],
            }}],
        })
    );
    // A name of the administrator's own stays apart from Entra's that differs in case only.
    row("title");
    row("SourceAnchor");
    let attributes = &exported["directories"][1]["objects"][1]["attributes"];
    let security =
        attributes.as_array().and_then(|all| all.iter().find(|one| one["name"] == "SecurityEnabled"));
    assert_eq!(security.expect("known")["type"], "Boolean");
}

/// What Cloud Sync exports, in small: its filter with the exclusions, expressions with their trees, its own row.
fn from_cloud_sync() -> Value {
    let leaf = |kind: &str, name: &str, expression: &str| json!({"expression": expression, "name": name, "type": kind, "parameters": []});
    let row = |target: &str, priority: u32, source: Value| {
        json!({
            "defaultValue": null, "exportMissingReferences": false, "flowBehavior": "FlowWhenChanged",
            "flowType": "Always", "matchingPriority": priority, "targetAttributeName": target, "source": source,
        })
    };
    let operand = |operator: &str, attribute: &str, value: Option<&str>| {
        json!({
            "operatorName": operator, "sourceOperandName": attribute,
            "targetOperand": value.map(|value| json!({"values": [value]})),
        })
    };
    json!({
        "@odata.context": "https://graph.microsoft.com/beta/$metadata#schema",
        "id": "AD2AADProvisioning.1.2", "provisioningTaskIdentifier": "AD2AADProvisioning.1.2",
        "version": "Date:2020-04-30T13:58:46.0955403Z",
        "directories@odata.context": "https://graph.microsoft.com/beta/$metadata#directories", "directories": [],
        "synchronizationRules": [{
            "editable": true, "id": "6c409270", "name": "AD2AADProvisioning", "priority": 1,
            "sourceDirectoryName": "Active Directory", "targetDirectoryName": "Azure Active Directory",
            "metadata": [{"key": "supportsProvisionOnDemand", "value": "true"}],
            "objectMappings": [{
                "enabled": true, "flowTypes": "Add, Update, Delete", "name": "Synchronize users",
                "sourceObjectName": "user", "targetObjectName": "User",
                "metadata": [{"key": "Disposition", "value": "\"Normal\""}],
                "scope": {"categoryFilterGroups": [], "groups": [], "inputFilterGroups": [{
                    "name": "DefaultUserExclusions.0.UX-OrganizationalGroup-Scope",
                    "clauses": [
                        operand("IS FALSE", "isCriticalSystemObject", None),
                        operand("NOT REGEX MATCH", "adminDescription", Some("^User_")),
                        operand("IS NOT NULL", "sAMAccountName", None),
                        operand("NOT EQUALS", "sAMAccountName", Some("SUPPORT_388945a0")),
                        operand("NOT REGEX MATCH", "mailNickname", Some("^SystemMailbox{")),
                        operand("NOT REGEX MATCH", "sAMAccountName", Some("^AAD_")),
                        operand("NOT REGEX MATCH", "mailNickname", Some("^CAS_([^{]*){")),
                        operand("NOT REGEX MATCH", "sAMAccountName", Some("^CAS_([^{]*){")),
                        operand("NOT REGEX MATCH", "sAMAccountName", Some("^MSOL_")),
                        operand("!&", "msExchRecipientTypeDetails", Some("566259712")),
                        operand("NOT REGEX MATCH", "distinguishedName", Some(r"^CN\s*=\s*([^\,]*)\0ACNF")),
                        operand("ENDS_WITH", "distinguishedName", Some("OU=Cloud,DC=a,DC=local")),
                    ],
                }]},
                "attributeMappings": [
                    row("DisplayName", 0, json!({
                        "expression": "IIF(IsPresent([displayName]), [displayName], [cn])", "name": "IIF",
                        "type": "Function", "parameters": [{"key": "one", "value": leaf("Attribute", "cn", "[cn]")}],
                    })),
                    row("City", 0, json!({
                        "expression": null, "name": "Trim", "type": "Function",
                        "parameters": [{"key": "source", "value": leaf("Attribute", "l", "")}],
                    })),
                    row("dnsDomainName", 0, leaf("Constant", "%DomainFQDN%", "\"%DomainFQDN%\"")),
                    row("onPremisesObjectIdentifier", 1, leaf("Attribute", "objectGUID", "[objectGUID]")),
                    row("SourceAnchor", 0, leaf(
                        "Function", "IIF",
                        "IIF(IsPresent([mS-DS-ConsistencyGuid]), [mS-DS-ConsistencyGuid],[objectGUID])",
                    )),
                    row("UserPrincipalName", 0, leaf("Attribute", "userPrincipalName", "[userPrincipalName]")),
                ],
            }, {
                "enabled": true, "flowTypes": "Add, Update, Delete", "name": "Synchronize groups",
                "sourceObjectName": "group", "targetObjectName": "Group", "metadata": [],
                "scope": {"categoryFilterGroups": [], "groups": [], "inputFilterGroups": [{"name": "0", "clauses": [
                    operand("IS FALSE", "isCriticalSystemObject", None),
                    operand("ENDS_WITH", "distinguishedName", Some("OU=Cloud,DC=a,DC=local")),
                ]}]},
                "attributeMappings": [row("DisplayName", 0, leaf("Attribute", "cn", "[cn]"))],
            }, {
                "enabled": false, "flowTypes": "Add, Update, Delete", "name": null, "scope": null,
                "sourceObjectName": "", "targetObjectName": "SyncCredentialsChangeItem", "metadata": [],
                "attributeMappings": [],
            }],
        }],
    })
}

#[tokio::test]
async fn a_schema_of_cloud_sync_is_taken_over() {
    let bench = Bench::configured().await;
    let stored = put(&bench, &from_cloud_sync()).await.expect("imports").plan;
    assert_eq!(
        stored.mappings[&ObjectKind::User],
        [
            Mapping::expression("displayName", "IIF(IsPresent([displayName]), [displayName], [cn])"),
            Mapping::expression("city", "Trim([l])"),
            Mapping::constant("onPremisesDomainName", "%DomainFQDN%"),
            Mapping::direct("onPremisesObjectIdentifier", "objectGUID").matching(1),
            Mapping::direct("userPrincipalName", "userPrincipalName"),
        ]
    );
    assert_eq!(stored.scope.organizational_units, ["OU=Cloud,DC=a,DC=local"]);
    assert_eq!(stored.scope.filters, Vec::<Vec<Clause>>::new(), "the exclusions hold without being written");
    assert_eq!(stored.mappings[&ObjectKind::Group], [Mapping::direct("displayName", "cn")]);
    assert!(stored.objects.contains(&ObjectKind::Contact), "of contacts it does not speak");
}

#[tokio::test]
async fn the_defaults_are_followed_when_they_come_back_unchanged() {
    let bench = Bench::configured().await;
    let exported = schema(&bench).await;
    let rows = exported["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"].as_array();
    let defaults = defaults::mappings(DirectoryKind::ActiveDirectory, TargetKind::BuiltIn, ObjectKind::User);
    assert_eq!(rows.map(Vec::len), Some(defaults.len() + 1));
    assert!(put(&bench, &exported).await.expect("imports").plan.mappings.is_empty());
}

#[tokio::test]
async fn what_cannot_be_kept_to_is_refused_whole_with_every_path() {
    let bench = Bench::configured().await;
    let before = bench.service.configuration(&bench.system, NAME).await.expect("view").entry();
    let mut wrong = from_cloud_sync();
    wrong["shade"] = json!(1);
    let rule = &mut wrong["synchronizationRules"][0];
    rule["objectMappings"][2]["enabled"] = json!(true);
    rule["objectMappings"][1]["scope"]["inputFilterGroups"][0]["clauses"][0]["operatorName"] =
        json!("IS TRUE");
    let users = &mut rule["objectMappings"][0];
    users["flowTypes"] = json!("Add");
    users["scope"]["inputFilterGroups"][0]["clauses"][0]["operatorName"] = json!("VALID CERT MATCH");
    let rows = &mut users["attributeMappings"];
    rows[0]["source"]["expression"] = json!("Foo([cn])");
    rows[0]["colour"] = json!("red");
    rows[1]["flowType"] = json!("ValueAddOnly");
    rows[2]["flowBehavior"] = json!("FlowAlways");
    rows[3]["matchingPriority"] = json!(-1);
    rows[4]["source"]["expression"] = json!("[mail]");
    rows[5]["source"] = json!({"type": "Attribute", "name": "PasswordHash", "expression": "[PasswordHash]", "parameters": []});
    let problems = put(&bench, &wrong).await.expect_err("refused");
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    let users = "synchronizationRules[0].objectMappings[0]";
    let rows = format!("{users}.attributeMappings");
    for path in [
        "shade".to_owned(),
        "synchronizationRules[0].objectMappings[2].sourceObjectName".to_owned(),
        "synchronizationRules[0].objectMappings[1].scope".to_owned(),
        format!("{users}.flowTypes"),
        format!("{users}.scope.inputFilterGroups[0].clauses[0].operatorName"),
        format!("{rows}[0].source.expression"),
        format!("{rows}[0].colour"),
        format!("{rows}[1].flowType"),
        format!("{rows}[2].flowBehavior"),
        format!("{rows}[3].matchingPriority"),
        format!("{rows}[4].source"),
        format!("{rows}[5]"),
    ] {
        assert!(paths.contains(&path.as_str()), "{path} is not in {paths:#?}");
    }
    assert_eq!(paths.len(), 12, "{paths:#?}");
    assert_eq!(bench.service.configuration(&bench.system, NAME).await.expect("view").entry(), before);
}
