-- Whether a number is taken is asked with the state as a value, for which an index on some states is of no use.
create index identification_decisions_number on identification_decisions (certificate_number);
