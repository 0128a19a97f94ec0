drop table incident_links;
drop table incidents;
