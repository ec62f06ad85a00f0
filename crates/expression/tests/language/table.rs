use expression::{Expression, functions};

#[test]
fn names_are_listed_once_and_in_order() {
    let names: Vec<_> = functions().iter().map(|function| function.name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted);
}

#[test]
fn every_function_of_the_reference_is_there_or_refused_with_a_reason() {
    let reference = "Append AppRoleAssignmentsComplex BitAnd CBool CDate Coalesce Contains ConvertFromBase64 \
         ConvertToBase64 ConvertToUTF8Hex Count CStr DateAdd DateDiff DateFromNum DNComponent Error FormatDateTime Guid \
         IgnoreFlowIfNullOrEmpty IIF InStr IsNull IsNullOrEmpty IsPresent IsString Item Join Left Mid \
         NormalizeDiacritics Not Now NumFromDate PCase RandomString Redact RemoveDuplicates Replace SelectUniqueValue \
         SingleAppRoleAssignment Split StringFromSid StripSpaces Switch ToLower ToUpper Trim Word";
    for name in reference.split_whitespace() {
        let functions = functions();
        let function = functions.iter().find(|function| function.name == name).expect(name);
        let refusal = Expression::compile(&format!("{name}()")).err().and_then(|error| error.hint);
        if !function.available {
            assert_eq!(refusal.as_deref(), Some(function.summary), "{name}");
        }
    }
}

#[test]
fn the_reference_in_docs_is_the_one_that_the_table_gives() {
    let written = include_str!("../../../../docs/expressions.md");
    assert!(
        written == crate::page::page(),
        "run `cargo run -p expression --example reference > docs/expressions.md`"
    );
}

#[test]
fn summaries_read_as_sentences() {
    for function in functions() {
        assert!(function.signature.starts_with(&format!("{}(", function.name)), "{}", function.signature);
        assert!(function.signature.ends_with(')'), "{}", function.signature);
        assert_eq!(function.summary.ends_with('.'), function.available, "{}", function.name);
        assert!(!function.summary.contains("  "), "{}", function.name);
    }
}
