alter table clocks drop column warned_at;
alter table clocks drop column pause_reason;
alter table clocks drop column paused_at;
