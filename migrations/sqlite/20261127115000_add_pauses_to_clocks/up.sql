-- Since when a deadline stands still, and why: a code of clock_pause. It goes on with what was left.
alter table clocks add column paused_at text;
alter table clocks add column pause_reason text;
-- When somebody was warned that the deadline comes: once for each time that it starts.
alter table clocks add column warned_at text;
