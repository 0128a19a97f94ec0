alter table clocks drop column warn_at;
