drop table identity_disclosures;
drop table proceedings;
