-- From when on somebody is warned that the deadline comes; nobody is, where there is nothing.
alter table clocks add column warn_at timestamp;
