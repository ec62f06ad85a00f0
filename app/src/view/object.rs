use domain::{Time, record::StepKind};
use service::history::{Explanation, ObjectHistory, Place, Sentence, sentences};

/// One attribute with its values, ready to be shown.
pub type Shown = (String, Vec<String>);

/// The page of one object of a source.
#[derive(Debug, Clone)]
pub struct ObjectView {
    pub history: ObjectHistory,
    /// What the directory says at this moment, for each of the history's places.
    pub explanations: Vec<Option<Explanation>>,
    /// Not the first page of records.
    pub later: bool,
}

impl ObjectView {
    /// Each configuration with what can be said of the object in it.
    pub fn places(&self, now: Time) -> Vec<(&Place, Vec<Sentence>)> {
        let explained = self.explanations.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        self.history
            .places
            .iter()
            .zip(explained)
            .map(|(place, explanation)| (place, sentences(place, explanation, now)))
            .collect()
    }

    /// The attributes that the source holds now, from the first place that could be explained.
    pub fn source(&self) -> Option<(String, Vec<Shown>)> {
        let (place, told) = self.history.places.iter().zip(&self.explanations).find_map(
            |(place, explained)| match explained {
                Some(Explanation::Told(told)) => Some((place, told)),
                _ => None,
            },
        )?;
        let import = told.record.steps.iter().find(|step| step.kind == StepKind::Import)?;
        // The identity stands above; what is left are attributes.
        let attributes: Vec<Shown> = import
            .details
            .iter()
            .filter(|(name, _)| name != "objectId" && name != "anchor")
            .map(|(name, value)| (name.clone(), vec![value.clone()]))
            .collect();
        (!attributes.is_empty()).then(|| (place.domain.clone(), attributes))
    }

    /// The attributes of each target: what it holds where it is the built-in directory, else what was last exported.
    pub fn targets(&self) -> Vec<(&Place, Vec<Shown>)> {
        self.history
            .places
            .iter()
            .filter_map(|place| {
                let attributes =
                    place.held.as_ref().map(|held| &held.attributes).or(place.exported.as_ref())?;
                let shown = attributes.iter().map(|(name, value)| {
                    (name.clone(), value.each().iter().map(ToString::to_string).collect())
                });
                Some((place, shown.collect()))
            })
            .collect()
    }
}

/// The address of an object's page.
pub fn object_href(object_id: &str) -> String {
    format!("/objects/{object_id}")
}
