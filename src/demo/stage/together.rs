//! What concerns more than one story: people who were found together, and places that are free.

use chrono::Days;
use refero_domain::{
    actor::ActorRole,
    id::{IncidentId, ServiceId},
    incident::{IncidentWords, OffenceFacts},
    sensitive::Sensitive,
};
use refero_store::{Error, incidents::Account, unit::Request};

use super::{Scene, Stage};
use crate::{
    demo::{accounts, bytes_of},
    service::{
        directory,
        incidents::{self, NewIncident},
    },
};

/// How many days ago the raid was.
const RAID_DAYS_AGO: Days = Days::new(2);

impl Stage<'_> {
    /// Records the raid in which the person of a scene was found; it is recorded once.
    pub(super) fn raid(&self, scene: &Scene<'_>) -> Result<IncidentId, Error> {
        let found_on = self.seeding.now.date().checked_sub_days(RAID_DAYS_AGO);
        let new = NewIncident {
            id: Some(IncidentId::from_random_bytes(bytes_of("incident", "raid"))),
            account: Account {
                found_on: found_on.ok_or_else(|| Error::broken("there is no such day"))?,
                area: Some("XZ-N".to_owned()),
                place: "mine_or_quarry".to_owned(),
                facts: OffenceFacts {
                    exploitation_types: vec!["forced_labour".to_owned()],
                    control_methods: vec!["debt_bondage".to_owned()],
                    labour_types: vec!["mining_or_drilling".to_owned()],
                    ..OffenceFacts::default()
                },
                words: Sensitive::new(IncidentWords {
                    place: None,
                    narrative: Some(super::WORDS.to_owned()),
                }),
            },
        };
        let profile = self.seeding.profile.clone();
        self.write(scene.story.responder, scene, move |tx| incidents::create(tx, &profile, &new))
    }

    /// Has every provider say how many of its places are free today.
    pub(super) fn report_places(&self) -> Result<(), Error> {
        let managers =
            accounts::accounts().iter().filter(|one| one.role == ActorRole::ServiceProviderManager);
        for manager in managers {
            let organisation = manager.organisation;
            let counted = organisation.services.iter().filter_map(|one| Some((one, one.capacity?)));
            for (service, capacity) in counted {
                let id: ServiceId = organisation.service_id(service.service_type);
                let (request, of) = (
                    Request::vouched(self.actor(manager.username)?, self.seeding.now),
                    organisation.id(),
                );
                self.seeding.db.write("demo.step", request, move |tx| {
                    directory::report_places(tx, (&of, &id), Some(1), capacity / 3)
                })?;
            }
        }
        Ok(())
    }
}
