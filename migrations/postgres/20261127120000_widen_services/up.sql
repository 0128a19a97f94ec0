-- What else decides whether a service fits somebody. Null is "not said", which is not "no".
-- A JSON list of service_accessibility codes; an empty list says that there is none of them.
alter table services add column accessibility text;
-- Whether it is open day and night; else the hours, by the clock of the country; neither is "not said".
alter table services add column always_open boolean not null default false;
alter table services add column hours text not null default '[]';
-- A code of facility_regime, for those who house people.
alter table services add column regime text check (regime in ('open', 'semi_open', 'closed'));
alter table services add column minimum_age bigint check (minimum_age between 0 and 120);
alter table services add column maximum_age bigint check (maximum_age between 0 and 120);
-- Whether people may come at once, without an appointment.
alter table services add column takes_emergencies boolean;
-- How many places the provider said are free, and when. What is older than the profile says is unknown.
alter table services add column free_places bigint check (free_places >= 0 and free_places <= capacity);
alter table services add column free_places_as_of timestamp check ((free_places_as_of is null) = (free_places is null));
