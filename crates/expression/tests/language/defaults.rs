use domain::defaults::mappings;
use domain::mapping::MappingKind;
use domain::{DirectoryKind, ObjectKind, TargetKind};
use expression::Expression;

use crate::support::{parameters, person};

#[test]
fn every_default_mapping_compiles_and_runs() {
    let mut compiled = 0;
    for source in DirectoryKind::ALL {
        for target in TargetKind::ALL {
            for kind in ObjectKind::ALL {
                for mapping in mappings(*source, *target, *kind) {
                    if mapping.kind != MappingKind::Expression {
                        continue;
                    }
                    let expression = Expression::compile(mapping.origin())
                        .unwrap_or_else(|error| panic!("{}: {}: {error}", mapping.target, mapping.origin()));
                    expression
                        .evaluate(&person(), &parameters())
                        .unwrap_or_else(|error| panic!("{}: {}: {error}", mapping.target, mapping.origin()));
                    compiled += 1;
                }
            }
        }
    }
    assert!(compiled > 50, "{compiled}");
}
